/* SPDX-License-Identifier: Apache-2.0 */
/* A path of the application, and what it is relative to. */
#pragma once

#include "unikernel/fs/vfs.h"
#include "unikernel/posix/linux.h"

struct at {
    struct path path;
    struct vnode *start;            /* with a reference */
};

#define AT_EMPTY 1U                 /* the path may be empty: see at_is_empty */

/** -EFAULT, -ENAMETOOLONG, -ENOENT, -EBADF, -ENOTDIR, -ENOMEM */
int at_get(struct at *a, long fd, long path, unsigned flags) must_check;
void at_drop(struct at *a);
#define AT_SCOPED(name) struct at name __attribute__((cleanup(at_drop))) = { .start = NULL }

static inline bool at_is_empty(const struct at *a) { return a->path.rest[0] == '\0'; }

/** What a path names: *out, with a reference. */
int at_find(long fd, long path, unsigned flags, bool follow, struct vnode **out) must_check;

/** The working directory, with a reference. */
struct vnode *cwd_get(void);

/** Of modes the caller asks for, those umask leaves. */
uint32_t masked(long mode);

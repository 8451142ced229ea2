/* SPDX-License-Identifier: Apache-2.0 */
/* A file system in memory. */
#pragma once

#include "unikernel/fs/vnode.h"

/** Empty; its files may use so many pages, and it holds so many names at most. NULL: no memory. */
struct fs *tmpfs_new(const char *type, uint64_t pages, uint64_t names) must_check;

void tmpfs_stat(struct fs *fs, struct fs_stat *out);

/** A file that has no name, in the file system of dir, whose names is held; had: but looks as if it had had
 * this one in dir, or NULL. NULL: no memory. */
struct vnode *tmpfs_nameless(struct vnode *dir, uint32_t mode, const struct name *had) must_check;

/** v is a new file: its content lies at data, and is never written. */
void tmpfs_set_content(struct vnode *v, const uint8_t *data, uint64_t bytes);

/** With all that is in it. Nobody uses it, and it has never been mounted. */
void tmpfs_destroy(struct fs *fs);

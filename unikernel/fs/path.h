/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to what it names. */
#pragma once

#include "unikernel/fs/vnode.h"

#define FILE_PATH_MAX     4096U          /* with the zero at its end */
#define SYMLINKS_MAX 40U            /* on one way */

/* A path being walked. It stands at the end of a page, so that what a symbolic link says fits in
 * place of what has been walked. */
struct path {
    char *page;                     /* NULL: there is none */
    char *rest;                     /* what has not been walked; ends at the end of the page */
};

/** Its text is to be written to p->page, which path_begin then expects there. -ENOMEM. */
int path_new(struct path *p) must_check;
void path_begin(struct path *p);
void path_drop(struct path *p);

enum last_part { LAST_NAME, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

struct place {
    struct vnode *dir;              /* of the last name; NULL unless `last` is LAST_NAME */
    struct vnode *v;                /* what it names; NULL: nothing (yet) */
    struct name name;               /* in the path */
    enum last_part last;
    bool slash;                     /* a slash follows: it has to be a directory */
};

void place_leave(struct place *at);
#define PLACE_SCOPED(name) struct place name __attribute__((cleanup(place_leave))) = { .v = NULL }

#define WALK_FOLLOW 1U              /* a symbolic link at the end too, without a slash */
#define WALK_SLASH  2U              /* ... with a slash */
#define WALK_NOMAGIC 4U             /* no link that leads on by itself: -ELOOP */

/**
 * Walk from `start` (or "/"). The end may be missing where all before it is there: then at->v is
 * NULL, at->dir is where it would be.
 * @return 0, -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG
 */
int path_walk(struct path *p, struct vnode *start, unsigned flags, struct place *at) must_check;

/** As above with WALK_SLASH, but what it names has to be there: *out, with a reference. */
int path_find(struct path *p, struct vnode *start, unsigned flags, struct vnode **out) must_check;

/** Where ".." leads, with a reference. */
struct vnode *path_parent(struct vnode *dir);

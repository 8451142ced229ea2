/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with files, whatever file system they are in. Errors are those Linux returns. */
#pragma once

#include "unikernel/fs/path.h"

extern struct vnode *vfs_root;      /* never changes once there are files */

/** From now on fs is where dir was, whose path stays `at`. dir has been made for that: nobody is in
 * it. Before there is an application. */
void vfs_mount(struct vnode *dir, const char *at, struct fs *fs);

/** A directory, file or device of number `size` in a file system nobody sees yet; its name
 * keeps it. NULL: no memory. */
struct vnode *vfs_make(struct vnode *dir, const char *name, uint32_t mode, uint32_t size) must_check;

#define OPEN_CREATE    1U
#define OPEN_EXCLUSIVE 2U           /* with CREATE: it must not be there */
#define OPEN_NOFOLLOW  4U
#define OPEN_DIRECTORY 8U
#define OPEN_NOMAGIC   16U          /* no link that leads on by itself: -ELOOP */

/** *out with a reference. With OPEN_CREATE alone -EEXIST means that another thread was quicker: to
 * be tried again. */
int vfs_open(struct path *p, struct vnode *start, unsigned how, uint32_t mode,
             struct vnode **out) must_check;

/** A directory, or a symbolic link: target is what it says, of `size` bytes. */
int vfs_create(struct path *p, struct vnode *start, uint32_t mode, const char *target,
               uint32_t size) must_check;

int vfs_link(struct vnode *v, struct path *p, struct vnode *start) must_check;

/** directory: it has to be one, and empty; else it has not to be one. */
int vfs_unlink(struct path *p, struct vnode *start, bool directory) must_check;

#define MOVE_NOREPLACE 1U
#define MOVE_EXCHANGE  2U
/** Both have been walked to without following a link at the end. */
int vfs_rename(const struct place *from, const struct place *to, unsigned flags) must_check;

#define ENTRIES_BEGIN 2U            /* the cookie behind "." and ".." */

/** The entry of a directory behind cookie `at`, which is 0 at the beginning. 1; 0 at the end;
 * -ENOENT when the directory has been removed. */
int vfs_entry(struct vnode *dir, uint64_t at, struct dir_entry *out) must_check;

int vfs_resize(struct vnode *v, uint64_t size) must_check;

/** The way to v, in `page`: *out is where it begins. 0; 1: it has been removed, and what is there is its last
 * one and " (deleted)". -ENOENT: it never had one; -ENAMETOOLONG. */
int vfs_way_to(struct vnode *v, char *page, char **out) must_check;

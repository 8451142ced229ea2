/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of tmpfs. */
#pragma once

#include "unikernel/fs/tmpfs.h"
#include "unikernel/kernel/lock.h"
#include "lib/list.h"

struct entry;

struct tmpfs {
    struct fs fs;
    uint64_t pages, names;          /* it may have */
    int64_t pages_left;             /* atomic: of content */
    uint64_t names_left;            /* under names, as all that follows */
    uint64_t last_number;
    struct entry **table;           /* all names, by directory and text */
    unsigned order;                 /* of the table's pages */
    uint64_t used;                  /* entries in it */
};

struct tmpfs_node {
    struct vnode v;
    struct entry *removed;          /* its last name, in v.parent, if somebody used it longer than that */
    union {
        struct {                    /* a directory, under names */
            struct list entries;    /* in the order of their cookies */
            struct entry *read_last;    /* ... which is where reading goes on; NULL: begin again */
            uint64_t last_cookie;
            uint64_t count;
        };
        struct {                    /* a file or symbolic link */
            void *tree;             /* height 0: the only page; else a page of 512 trees below */
            unsigned height;
            const uint8_t *flat;    /* not NULL: all of it; in the tree are copies to be mapped */
            struct spinlock content;    /* the tree's: pages are added also without v.lock */
        };
    };
};

static inline struct tmpfs *tmpfs_of(const struct vnode *v)
{
    return container_of(v->fs, struct tmpfs, fs);
}
static inline struct tmpfs_node *node_of(struct vnode *v)
{
    return container_of(v, struct tmpfs_node, v);
}

/** With a reference and the links it is going to have. NULL: no memory. */
struct vnode *tmpfs_node_new(struct tmpfs *t, uint32_t mode) must_check;

extern const struct vnode_ops tmpfs_ops;

/* tmpfs_data.c */
int tmpfs_page(struct vnode *v, uint64_t index, bool make, uint8_t **out);
int tmpfs_map_page(struct vnode *v, uint64_t index, uint8_t **out);
void tmpfs_truncate(struct vnode *v, uint64_t size);

/* tmpfs_names.c */
bool tmpfs_table_new(struct tmpfs *t) must_check;
void tmpfs_table_free(struct tmpfs *t);
int tmpfs_lookup(struct vnode *dir, const struct name *n, struct vnode **out);
int tmpfs_create(struct vnode *dir, const struct name *n, uint32_t mode, const char *target,
                 uint32_t size, struct vnode **out);
int tmpfs_link(struct vnode *dir, const struct name *n, struct vnode *v);
int tmpfs_unlink(struct vnode *dir, const struct name *n);
int tmpfs_rename(struct vnode *from, const struct name *n, struct vnode *to, const struct name *m,
                 bool exchange);
bool tmpfs_entry(struct vnode *dir, uint64_t at, struct dir_entry *out);
struct vnode *tmpfs_name(struct vnode *v, struct dir_entry *out);
/** As if it had had this name in dir. Without memory it has not. */
void tmpfs_remember(struct vnode *dir, const struct name *n, struct vnode *v);
void tmpfs_forget(struct vnode *v);

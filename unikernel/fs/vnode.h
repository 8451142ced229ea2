/* SPDX-License-Identifier: Apache-2.0 */
/* Files as everybody sees them: a vnode is the one object there is for an inode, as long as anybody
 * has a reference.
 *
 * Locks that sleep, outermost first:
 *
 *   file->lock    how far a directory has been read through a descriptor (posix/fs/file.h)
 *   fs->names     all directories of a file system: entries, parents, counts of links. Never those
 *                 of two file systems.
 *   vnode->lock   content, size, times, mode and owner of one. Never those of two.
 *
 * Copies from and to the application (mm/user.h) are made under the first and the last, never under
 * names. */
#pragma once

#include "unikernel/fs/mutex.h"

#define FILE_NAME_MAX        255U
#define FILE_SIZE_MAX   ((uint64_t)INT64_MAX)
#define FILE_PAGE       4096U

#define MODE_TYPE       0170000U
#define MODE_RIGHTS     07777U
#define MODE_FILE       0100000U
#define MODE_DIRECTORY  0040000U
#define MODE_SYMLINK    0120000U
#define MODE_DEVICE     0020000U    /* of characters */
#define MODE_BLOCKS     0060000U    /* a device */
#define MODE_SOCKET     0140000U
#define MODE_FIFO       0010000U

struct fs {
    struct mutex names;
    struct vnode *root;             /* never changes */
    struct vnode *covers;           /* the directory it is mounted on; NULL: it is at "/" */
    struct fs *next;                /* was mounted after it */
    const char *at;                 /* its path, without the slash in front */
    const char *type;
    uint32_t device;                /* for stat */
    bool read_only;
};

struct fs_stat {
    uint64_t pages, pages_free;     /* of content */
    uint64_t names, names_free;
};

struct vnode {
    const struct vnode_ops *ops;
    struct fs *fs;
    uint32_t refs;                  /* of users, and one for each name */
    uint32_t mode;
    uint32_t links;                 /* under names, as the next */
    struct vnode *parent;           /* of a directory that is no root, or where its last name was: with a reference */
    struct vnode *mounted;          /* root of what is mounted here; set once */
    uint64_t number;                /* of the inode */
    struct mutex lock;
    uint32_t uid, gid;
    uint64_t size;
    int64_t accessed, modified, changed;        /* ns since 1970 */
    uint64_t blocks;                /* of 512 bytes */
    uint32_t device;                /* which one it is, as stat tells it */
    bool is_mapped;                 /* into memory, or was so once (mapping.h) */
    bool has_locks;                 /* of the process, or had some (posix/fs/locks.c) */
    struct pipe *pipe;              /* of a FIFO that is open */
};

struct file;
struct pipe;

struct name {
    const char *text;               /* not terminated */
    uint32_t len;
};

struct dir_entry {
    uint64_t next;                  /* where to go on */
    uint64_t number;
    uint32_t mode;
    uint32_t len;
    char text[FILE_NAME_MAX + 1];
};

/** What a file system does. A function that gives a vnode gives a reference with it. */
struct vnode_ops {
    /* Of a directory; names is held. A name is neither "." nor "..", and none that is too long. */

    /** -ENOENT */
    int (*lookup)(struct vnode *dir, const struct name *n, struct vnode **out);
    /** The name is not there. target: of a symbolic link, as long as `size`. Of a device `size` is
     * its number. -ENOSPC. */
    int (*create)(struct vnode *dir, const struct name *n, uint32_t mode, const char *target,
                  uint32_t size, struct vnode **out);
    /** Another name of v, which is no directory. The name is not there. -ENOSPC. */
    int (*link)(struct vnode *dir, const struct name *n, struct vnode *v);
    /** The name is there, and the caller has a reference of what it names. -ENOTEMPTY */
    int (*unlink)(struct vnode *dir, const struct name *n);
    /** Move a name that is there; what has the other name, if there is such, goes. `exchange`: it
     * gets the name in return. -ENOTEMPTY, -ENOSPC. */
    int (*rename)(struct vnode *from, const struct name *n, struct vnode *to,
                  const struct name *m, bool exchange);
    /** The first entry with a cookie above `at`; false: there is none. They are above 2; "." and
     * ".." are none. */
    bool (*entry)(struct vnode *dir, uint64_t at, struct dir_entry *out);

    /** Of whatever is no root; names is held. A name it has, or had when links is 0, and the directory in
     * which that is, without a reference; NULL: it never had one. */
    struct vnode *(*name)(struct vnode *v, struct dir_entry *out);

    /* Of a symbolic link that leads on by itself; NULL where its content says where to. No lock is held. */

    /** Where it leads to, with a reference. */
    int (*follow)(struct vnode *link, struct vnode **out);
    /** What it says, in `page`. */
    int (*text)(struct vnode *link, char *page, char **out);

    /* Of files; lock is held. */

    /** Page `index` of the content, which reads as zeros where *out is NULL. make: it is going to
     * be written. -ENOSPC, -EFBIG. */
    int (*page)(struct vnode *v, uint64_t index, bool make, uint8_t **out);
    /** Page `index` of a file that reaches so far, to be mapped: it is there from now on. In any
     * context, and lock is not held. NULL: files of this kind cannot be mapped. -ENOSPC, -ENOMEM. */
    int (*map_page)(struct vnode *v, uint64_t index, uint8_t **out);
    /** Nothing of the content is left from `size` on. */
    void (*truncate)(struct vnode *v, uint64_t size);

    /** f, of this vnode, is being opened and gets its operations (posix/fs/file.h); NULL: those
     * that files of its type have. May wait; no lock is held. */
    int (*open)(struct file *f);

    /** The last reference is gone; no lock is held. Its parent is not this function's concern. */
    void (*release)(struct vnode *v);
};

static inline bool vnode_is(const struct vnode *v, uint32_t type)
{
    return (v->mode & MODE_TYPE) == type;
}

static inline struct vnode *vnode_get(struct vnode *v)
{
    __atomic_fetch_add(&v->refs, 1, __ATOMIC_RELAXED);
    return v;
}

/** v may be NULL. No lock is held. */
void vnode_put(struct vnode *v);

static inline void vnode_scope_end(struct vnode **v) { vnode_put(*v); }
#define VNODE_SCOPED __attribute__((cleanup(vnode_scope_end)))

/** What it is has changed, or also what it contains; lock is not held. */
void vnode_touch(struct vnode *v, bool content);

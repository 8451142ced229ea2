/* SPDX-License-Identifier: Apache-2.0 */
/* What a descriptor stands for. Descriptors made by dup share one. */
#pragma once

#include "unikernel/fs/path.h"
#include "unikernel/posix/linux.h"
#include "lib/list.h"

#define FILES_MAX 1024U

/** What files may not grow beyond: FILE_SIZE_MAX, or less (setrlimit). */
extern uint64_t file_size_limit;

/** One should grow beyond: SIGXFSZ, and -EFBIG. */
int file_too_large(void) must_check;

extern uint32_t fd_limit;           /* new descriptors are below; FILES_MAX, or less (setrlimit) */

struct io;

struct file {
    const struct file_ops *ops;
    uint32_t refs;
    uint32_t flags;                 /* Linux's O_: access and status */
    struct vnode *vnode;            /* NULL: none; a reference */
    uint64_t offset;                /* of a regular file: under its vnode's lock */
    struct mutex lock;              /* ... of a directory: under this, outside of names */
    void *object;                   /* its operations' own */
    struct waitq *changed;          /* woken with the POLL bits that have come; or NULL */
    struct list watches;            /* of epolls (epoll.c); all zeros: never watched */
    bool has_locks;                 /* or had some (locks.c); those of the process: see vnode.h */
};

/* Set by the first lock. Those go that owner, or the process (NULL), has of what f stands for. */
extern void (*file_unlock)(const struct file *owner, const struct file *f);

/* What a kind of file has none of may be NULL. */
struct file_ops {
    const char *name;               /* of those without a vnode */
    /** From *at on, which moves on. @return bytes, or an error when there are none. NULL: -EINVAL. */
    long (*read)(struct file *f, struct io *io, uint64_t *at);
    long (*write)(struct file *f, struct io *io, uint64_t *at);
    long (*seek)(struct file *f, int64_t offset, long whence);      /* NULL: -ESPIPE, for pread too */
    long (*ioctl)(struct file *f, long request, long arg);          /* NULL: -ENOTTY */
    void (*stat)(struct file *f, struct linux_stat *out);           /* NULL: of its vnode, if any */
    /** What would not wait, as POLL bits. NULL: it never waits. */
    uint32_t (*poll)(struct file *f);
    bool poll_locks;                /* poll takes locks, so that the table's must not be held */
    void (*release)(struct file *f);    /* the last reference is gone; then its vnode's goes */
};

extern const struct file_ops vnode_file_ops, console_file_ops;
extern struct waitq console_waitq;

static inline bool file_may_read(const struct file *f)
{
    return (f->flags & LINUX_O_ACCESS) != LINUX_O_WRONLY;
}
static inline bool file_may_write(const struct file *f) { return (f->flags & LINUX_O_ACCESS) != 0; }

/** A reference; NULL: there is none of that number. */
struct file *file_of(long fd) must_check;

/** What poll tells of each, in one go; those of which there is something to tell are counted.
 * @return where it ends: at a file whose poll takes locks, or at `end` */
struct linux_pollfd *files_poll(struct linux_pollfd *p, const struct linux_pollfd *end,
                               long *ready);

void file_put(struct file *f);          /* f may be NULL */
static inline void file_scope_end(struct file **f) { file_put(*f); }
#define FILE_SCOPED __attribute__((cleanup(file_scope_end)))

/** The reference of the vnode becomes the file's. NULL: no memory, and it stays the caller's. */
struct file *file_new(const struct file_ops *ops, struct vnode *v, uint32_t flags) must_check;

#define OPEN_BY_TEXT (1L << 32)     /* beside the O_ flags of openat: not by links of /proc/self/fd */

/** As open does: v gets another reference. flags: Linux's O_, those that are about finding it have been
 * followed. May wait. */
int file_open(struct vnode *v, long flags, struct file **out) must_check;

/** The lowest free number from `from` on, taken but without a file. -EMFILE. */
long fd_take(long from, bool close_on_exec) must_check;
/** The lowest that is open from `from` on, and its O_ flags; -1: none. */
long fd_next(long from, uint32_t *flags);
/** Give it its file, whose reference becomes the table's, or give it back (NULL). */
void fd_assign(long fd, struct file *f);

/** The console as descriptors 0 to 2. */
int fds_init(struct vnode *console) must_check;

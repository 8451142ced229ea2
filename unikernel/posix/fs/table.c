/* SPDX-License-Identifier: Apache-2.0 */
/* The table of descriptors. */
#include "unikernel/fs/pool.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/fs/epoll.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/locks.h"
#include "unikernel/posix/fs/pipe.h"
#include "unikernel/posix/syscalls.h"
#include "lib/bitmap.h"
#include "lib/err.h"
#include "lib/str.h"

#define RANGE_UNSHARE 2U
#define RANGE_CLOEXEC 4U

static struct {
    struct spinlock lock;
    struct file *file[FILES_MAX];   /* NULL: free, or taken and not open yet */
    uint64_t taken[BITMAP_WORDS(FILES_MAX)], close_on_exec[BITMAP_WORDS(FILES_MAX)];
} fds;

uint32_t fd_limit = FILES_MAX;

static struct pool files = POOL(files, sizeof(struct file));

struct file *file_new(const struct file_ops *ops, struct vnode *v, uint32_t flags)
{
    struct file *f = pool_alloc(&files);

    if (f == NULL) return NULL;
    f->ops = ops;
    f->refs = 1;
    f->flags = flags;
    f->vnode = v;
    return f;
}

void (*file_unlock)(const struct file *owner, const struct file *f);

void file_put(struct file *f)
{
    if (f == NULL || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) != 0) return;
    if (f->watches.next != NULL) epoll_forget(f);
    if (f->has_locks) file_unlock(f, f);
    if (f->ops->release != NULL) f->ops->release(f);
    vnode_put(f->vnode);
    pool_free(&files, f);
}

struct file *file_of(long fd)
{
    struct file *f;

    if ((unsigned long)fd >= FILES_MAX) return NULL;

    LOCK_SCOPED(&fds.lock);
    f = fds.file[fd];
    if (f != NULL) __atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
    return f;
}

struct linux_pollfd *files_poll(struct linux_pollfd *p, const struct linux_pollfd *end,
                               long *ready)
{
    long count = 0;
    LOCK_SCOPED(&fds.lock);

    for (; p < end; p++) {
        struct file *f = (uint32_t)p->fd < FILES_MAX ? fds.file[p->fd] : NULL;
        uint32_t bits;

        if (f != NULL && f->ops->poll_locks) break;
        bits = file_revents(p, f, NULL);
        p->revents = (int16_t)bits;
        count += bits != 0;
    }
    *ready += count;
    return p;
}

/* fds.lock held */
static void mark(long fd, bool close_on_exec)
{
    bitmap_set(fds.taken, (uint32_t)fd);
    if (close_on_exec) bitmap_set(fds.close_on_exec, (uint32_t)fd);
    else bitmap_clear(fds.close_on_exec, (uint32_t)fd);
}

long fd_take(long from, bool close_on_exec)
{
    LOCK_SCOPED(&fds.lock);

    for (uint32_t word = (uint32_t)from / 64; word < ARRAY_LEN(fds.taken); word++) {
        uint64_t taken = fds.taken[word];
        long fd;

        if (word == (uint32_t)from / 64) taken |= BIT64(from % 64) - 1;
        if (~taken == 0) continue;
        fd = (long)(word * 64) + __builtin_ctzll(~taken);
        if (fd >= (long)fd_limit) break;
        mark(fd, close_on_exec);
        return fd;
    }
    return -EMFILE;
}

void fd_assign(long fd, struct file *f)
{
    LOCK_SCOPED(&fds.lock);

    fds.file[fd] = f;
    if (f == NULL) bitmap_clear(fds.taken, (uint32_t)fd);
}

long fd_next(long from, uint32_t *flags)
{
    LOCK_SCOPED(&fds.lock);

    for (unsigned long fd = (unsigned long)from; fd < FILES_MAX; fd++) {
        if (fds.file[fd] == NULL) continue;
        *flags = fds.file[fd]->flags;
        return (long)fd;
    }
    return -1;
}

int fds_init(struct vnode *console)
{
    fds.lock.rank = LOCK_FILES;
    for (uint32_t fd = 0; fd <= 2; fd++) {
        int err = file_open(console, LINUX_O_RDWR, &fds.file[fd]);

        if (err != 0) return err;
        mark(fd, false);
    }
    return 0;
}

/* With any of its descriptors go the locks that the process has of a file. */
static void closed_scope_end(struct file **f)
{
    const struct vnode *v = *f != NULL ? (*f)->vnode : NULL;

    if (*f != NULL && ((*f)->has_locks || (v != NULL && v->has_locks))) file_unlock(NULL, *f);
    file_put(*f);
}
#define CLOSED_SCOPED __attribute__((cleanup(closed_scope_end)))

static struct file *take_away(long fd)
{
    struct file *f;

    if ((unsigned long)fd >= FILES_MAX) return NULL;

    LOCK_SCOPED(&fds.lock);
    f = fds.file[fd];
    if (f == NULL) return NULL;
    fds.file[fd] = NULL;
    bitmap_clear(fds.taken, (uint32_t)fd);
    return f;
}

long sys_close(long fd, long b, long c, long d, long e, long g)
{
    struct file *f CLOSED_SCOPED = take_away(fd);

    return f == NULL ? -EBADF : 0;
}

static long descriptor_flags(long fd, long command, long arg)
{
    LOCK_SCOPED(&fds.lock);

    if (command == LINUX_F_GETFD) {
        return bitmap_test(fds.close_on_exec, (uint32_t)fd) ? LINUX_FD_CLOEXEC : 0;
    }
    mark(fd, arg & LINUX_FD_CLOEXEC);
    return 0;
}

/* Of one process, there is nobody to share descriptors with (CLOSE_RANGE_UNSHARE). */
long sys_close_range(long first, long last, long flags, long d, long e, long g)
{
    uint32_t end = MIN((uint32_t)last, FILES_MAX - 1);

    if ((uint32_t)flags & ~(RANGE_UNSHARE | RANGE_CLOEXEC) || (uint32_t)first > (uint32_t)last) return -EINVAL;
    for (uint32_t fd = (uint32_t)first; fd <= end; fd++) {
        if ((uint32_t)flags & RANGE_CLOEXEC) {
            struct file *f FILE_SCOPED = file_of(fd);

            if (f != NULL) (void)descriptor_flags(fd, LINUX_F_SETFD, LINUX_FD_CLOEXEC);
        } else {
            (void)sys_close(fd, 0, 0, 0, 0, 0);
        }
    }
    return 0;
}

static long duplicate(struct file *f, long from, bool close_on_exec)
{
    long fd = fd_take(from, close_on_exec);

    if (fd < 0) return fd;
    __atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
    fd_assign(fd, f);
    return fd;
}

long sys_dup(long old, long b, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(old);

    return f == NULL ? -EBADF : duplicate(f, 0, false);
}

long sys_dup3(long old, long fd, long flags, long d, long e, long g)
{
    struct file *f FILE_SCOPED = NULL, *was CLOSED_SCOPED = NULL;

    if (flags & ~LINUX_O_CLOEXEC || old == fd) return -EINVAL;
    if ((unsigned long)fd >= fd_limit) return -EBADF;
    f = file_of(old);
    if (f == NULL) return -EBADF;

    LOCK_SCOPED(&fds.lock);
    was = fds.file[fd];
    if (was == NULL && bitmap_test(fds.taken, (uint32_t)fd)) return -EBUSY;     /* being opened */
    fds.file[fd] = f;
    __atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
    mark(fd, flags & LINUX_O_CLOEXEC);
    return fd;
}

static long status_flags(struct file *f, long arg)
{
    const uint32_t own = LINUX_O_APPEND | LINUX_O_NONBLOCK;
    uint32_t flags = __atomic_load_n(&f->flags, __ATOMIC_RELAXED);

    __atomic_store_n(&f->flags, (flags & ~own) | ((uint32_t)arg & own), __ATOMIC_RELAXED);
    return 0;
}

long sys_fcntl(long fd, long command, long arg, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    switch (command) {
    case LINUX_F_DUPFD:
    case LINUX_F_DUPFD_CLOEXEC:
        if ((unsigned long)arg >= fd_limit) return -EINVAL;
        return duplicate(f, arg, command == LINUX_F_DUPFD_CLOEXEC);
    case LINUX_F_GETFD:
    case LINUX_F_SETFD:
        return descriptor_flags(fd, command, arg);
    case LINUX_F_GETFL:
        return (long)f->flags;
    case LINUX_F_SETFL:
        return status_flags(f, arg);
    case LINUX_F_GETLK:
    case LINUX_F_SETLK:
    case LINUX_F_SETLKW:
    case LINUX_F_OFD_GETLK:
    case LINUX_F_OFD_SETLK:
    case LINUX_F_OFD_SETLKW:
        return record_lock(fd, f, command, (uint64_t)arg);
    case LINUX_F_SETPIPE_SZ:
    case LINUX_F_GETPIPE_SZ:
        return pipe_size(f, command == LINUX_F_SETPIPE_SZ, arg);
    default:
        return -EINVAL;
    }
}

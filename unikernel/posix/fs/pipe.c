/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a pipe is a chain of pages, of which one stays when it is empty. Both ends have
 * one queue: who waits to read and who waits to write are never there at once for long. */
#include "unikernel/posix/fs/pipe.h"
#include "unikernel/fs/pool.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/signal/mask.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define SIZE_FIRST 65536U
#define SIZE_LAST  (1U << 31)
#define ATOMIC     4096U /* PIPE_BUF: what is not longer is written at once */
#define SIGPIPE    13U

struct chunk {
    struct chunk *next;
    uint8_t data[FILE_PAGE - sizeof(void *)];
};

struct pipe {
    struct mutex lock; /* of the content */
    struct waitq changed;
    uint32_t refs;                    /* files */
    uint32_t readers, writers;        /* files, and those that are being opened */
    uint32_t read_opens, write_opens; /* ever */
    uint32_t size, used;              /* bytes */
    uint32_t read_at, write_at;       /* in the first and in the last chunk */
    struct chunk *first, *last;
};

static struct pool pipes = POOL(pipes, sizeof(struct pipe));

/* In place, as the next: half of what a byte costs would be calls. */
static inline __attribute__((always_inline)) uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void add(uint32_t *word, uint32_t by) { __atomic_fetch_add(word, by, __ATOMIC_ACQ_REL); }

static inline __attribute__((always_inline)) uint32_t room(const struct pipe *p)
{
    return load(&p->size) - load(&p->used);
}

static struct pipe *pipe_new(void)
{
    struct pipe *p = pool_alloc(&pipes);

    if (p == NULL) return NULL;
    waitq_init(&p->changed);
    p->size = SIZE_FIRST;
    return p;
}

static void drop_first(struct pipe *p)
{
    struct chunk *c = p->first;

    p->first = c->next;
    p->read_at = 0;
    page_free(c);
}

static void pipe_free(struct pipe *p)
{
    while (p->first != NULL) drop_first(p);
    pool_free(&pipes, p);
}

/* The lock of the vnode is held. */
static bool pipe_put(struct pipe *p)
{
    if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) != 0) return false;
    pipe_free(p);
    return true;
}

/* ---- content; the lock is held */

static void took(struct pipe *p, uint32_t n)
{
    p->read_at += n;
    __atomic_store_n(&p->used, p->used - n, __ATOMIC_RELEASE);
    if (p->used == 0) {
        while (p->first != p->last) drop_first(p);
        p->read_at = p->write_at = 0;
    } else if (p->read_at == sizeof(p->first->data)) {
        drop_first(p);
    }
}

static int make_room(struct pipe *p)
{
    struct chunk *c;

    if (p->last != NULL && p->write_at < sizeof(c->data)) return 0;
    c = page_alloc();
    if (c == NULL) return -ENOMEM;
    c->next = NULL;
    if (p->last != NULL)
        p->last->next = c;
    else
        p->first = c;
    p->last = c;
    p->write_at = 0;
    return 0;
}

/* ---- reading and writing */

struct transfer {
    struct attempt a;
    struct pipe *p;
    struct io *io;
    bool whole; /* all or nothing */
    long done;
};

static long read_some(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    struct pipe *p = t->p;
    struct io *io = t->io;
    bool was_full;
    int err = 0;

    MUTEX_SCOPED(&p->lock);
    was_full = room(p) < ATOMIC;
    while (p->used > 0 && (err = io_next(io)) > 0) {
        uint32_t in_chunk = (uint32_t)sizeof(p->first->data) - p->read_at,
                 n = MIN(p->used, in_chunk);

        n = (uint32_t)MIN(io->len, n);
        err = (int)io_put(io, p->first->data + p->read_at, n);
        if (err < 0) break;
        took(p, n);
        t->done += n;
    }
    if (t->done > 0 && was_full) waitq_wake(&p->changed, LINUX_POLLOUT | LINUX_POLLWRNORM);
    if (t->done > 0 || err < 0) return t->done > 0 ? t->done : err;
    return load(&p->writers) == 0 ? 0 : -EAGAIN;
}

static long pipe_read(struct file *f, struct io *io, uint64_t *at)
{
    struct pipe *p = f->object;
    struct transfer t = {
        { read_some, &p->changed, LINUX_POLLIN | LINUX_POLLHUP }, p, io, false, 0
    };

    return io->room == 0 ? 0 : wait_for(&t.a, file_may_wait(f), NEVER);
}

static long write_some(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    struct pipe *p = t->p;
    struct io *io = t->io;
    long before = t->done;
    int err = 0;

    MUTEX_SCOPED(&p->lock);
    if (load(&p->readers) == 0) return -EPIPE;
    if (t->whole && room(p) < io->room) return -EAGAIN;
    while (room(p) > 0 && (err = io_next(io)) > 0) {
        uint32_t n = room(p);

        err = make_room(p);
        if (err != 0) break;
        n = MIN(n, (uint32_t)sizeof(p->last->data) - p->write_at);
        n = (uint32_t)MIN(io->len, n);
        err = user_read(p->last->data + p->write_at, io->base, n);
        if (err != 0) break;
        io_advance(io, n);
        p->write_at += n;
        __atomic_store_n(&p->used, p->used + n, __ATOMIC_RELEASE);
        t->done += n;
    }
    if (t->done > before) waitq_wake(&p->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
    if (err < 0) return err;
    return io->room > 0 ? -EAGAIN : t->done;
}

static long pipe_write(struct file *f, struct io *io, uint64_t *at)
{
    struct pipe *p = f->object;
    struct transfer t = {
        { write_some, &p->changed, LINUX_POLLOUT | LINUX_POLLERR }, p, io, io->room <= ATOMIC, 0
    };
    long result = io->room == 0 ? 0 : wait_for(&t.a, file_may_wait(f), NEVER);

    if (result == -EPIPE) signal_raise(SIGPIPE);
    return t.done > 0 ? t.done : result;
}

/* That the other end is gone is looked at first: what it has written before is seen then. */
static uint32_t pipe_poll(struct file *f)
{
    const struct pipe *p = f->object;
    uint32_t bits = 0;

    if (file_may_read(f)) {
        /* No one has hung up before the first writer came. */
        if (load(&p->writers) == 0 && load(&p->write_opens) != f->offset) bits |= LINUX_POLLHUP;
        if (load(&p->used) > 0) bits |= LINUX_POLLIN | LINUX_POLLRDNORM;
    }
    if (file_may_write(f)) {
        if (room(p) >= ATOMIC) bits |= LINUX_POLLOUT | LINUX_POLLWRNORM;
        if (load(&p->readers) == 0) bits |= LINUX_POLLERR;
    }
    return bits;
}

static long pipe_ioctl(struct file *f, long request, long arg)
{
    const struct pipe *p = f->object;
    uint32_t used = load(&p->used);

    return request != LINUX_FIONREAD ? -ENOTTY : user_write((uint64_t)arg, &used, sizeof(used));
}

/* ---- life */

static void pipe_release(struct file *f)
{
    struct pipe *p = f->object;

    if (file_may_read(f)) add(&p->readers, UINT32_MAX);
    if (file_may_write(f)) add(&p->writers, UINT32_MAX);
    waitq_wake(&p->changed, UINT32_MAX);

    MUTEX_SCOPED(&f->vnode->lock);
    if (pipe_put(p)) f->vnode->pipe = NULL;
}

static const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .ioctl = pipe_ioctl,
    .poll = pipe_poll,
    .release = pipe_release,
};

static void attach(struct file *f, struct pipe *p)
{
    f->ops = &pipe_ops;
    f->object = p;
    f->changed = &p->changed;
    f->offset = load(&p->writers) == 0 ? p->write_opens : UINT64_MAX;
    p->refs++;
    if (file_may_read(f)) {
        add(&p->readers, 1);
        add(&p->read_opens, 1);
    }
    if (file_may_write(f)) {
        add(&p->writers, 1);
        add(&p->write_opens, 1);
    }
}

struct meeting {
    struct attempt a;
    const uint32_t *others, *opens;
    uint32_t seen; /* of opens: one that has gone again was there, too */
};

static long other_end_is_there(struct attempt *a)
{
    const struct meeting *m = container_of(a, struct meeting, a);

    return load(m->others) != 0 || load(m->opens) != m->seen ? 0 : -EAGAIN;
}

static int fifo_attach(struct file *f, struct meeting *m)
{
    MUTEX_SCOPED(&f->vnode->lock);
    struct pipe *p = f->vnode->pipe;

    if (p == NULL) p = pipe_new();
    if (p == NULL) return -ENOMEM;
    f->vnode->pipe = p;
    attach(f, p);
    m->a = (struct attempt){ other_end_is_there, &p->changed, LINUX_POLLMSG };
    m->others = file_may_read(f) ? &p->writers : &p->readers;
    m->opens = file_may_read(f) ? &p->write_opens : &p->read_opens;
    m->seen = load(m->opens);
    return 0;
}

int fifo_open(struct file *f)
{
    struct meeting m;
    int err = fifo_attach(f, &m);

    if (err != 0) return err;
    waitq_wake(m.a.q, LINUX_POLLMSG);
    err = (int)wait_for(&m.a, file_may_wait(f), NEVER);
    if (err != -EAGAIN) return err;
    return file_may_read(f) ? 0 : -ENXIO;
}

long pipe_size(struct file *f, bool set, long size)
{
    struct pipe *p = f->object;
    uint64_t new = FILE_PAGE;

    if (f->ops != &pipe_ops) return -EBADF;
    if (!set) return load(&p->size);
    while (new < (uint32_t)size) new *= 2;
    if (new > SIZE_LAST) return -EINVAL;

    MUTEX_SCOPED(&p->lock);
    if (p->used > new) return -EBUSY;
    __atomic_store_n(&p->size, (uint32_t) new, __ATOMIC_RELEASE);
    waitq_wake(&p->changed, LINUX_POLLOUT | LINUX_POLLWRNORM);
    return (long)new;
}

/* A FIFO without a name: what is open of it can be opened anew (/proc/self/fd). */
static struct vnode *nameless_new(void)
{
    MUTEX_SCOPED(&vfs_root->fs->names);
    struct vnode *v = tmpfs_nameless(vfs_root, MODE_FIFO | 0600, NULL);

    if (v != NULL) v->links = 1;
    return v;
}

static long open_end(struct vnode *v, struct pipe *p, long flags)
{
    long fd = fd_take(0, flags & LINUX_O_CLOEXEC);
    struct file *f;

    if (fd < 0) return fd;
    f = file_new(&pipe_ops, v, (uint32_t)flags & (LINUX_O_ACCESS | LINUX_O_NONBLOCK));
    if (f != NULL) {
        vnode_get(v);
        attach(f, p);
    }
    fd_assign(fd, f);
    return f != NULL ? fd : -ENOMEM;
}

static void close_end(int32_t fd) { (void)sys_close(fd, 0, 0, 0, 0, 0); }

/* Two descriptors, or none. */
static int open_ends(struct vnode *v, long flags, int32_t *fds)
{
    v->pipe = pipe_new();
    if (v->pipe == NULL) return -ENOMEM;
    fds[0] = (int32_t)open_end(v, v->pipe, flags);
    if (fds[0] < 0) {
        pipe_free(v->pipe);
        return fds[0];
    }
    fds[1] = (int32_t)open_end(v, v->pipe, flags | LINUX_O_WRONLY);
    if (fds[1] >= 0) return 0;
    close_end(fds[0]);
    return fds[1];
}

long sys_pipe2(long out, long flags, long c, long d, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int32_t fds[2];
    int err;

    if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)) return -EINVAL;
    __atomic_store_n(&fifo_opener, fifo_open, __ATOMIC_RELAXED);
    v = nameless_new();
    err = v != NULL ? open_ends(v, flags, fds) : -ENOMEM;
    if (err != 0) return err;
    if (user_write((uint64_t)out, fds, sizeof(fds)) == 0) return 0;
    close_end(fds[0]);
    close_end(fds[1]);
    return -EFAULT;
}

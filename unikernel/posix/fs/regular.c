/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a file system. The lock of the vnode makes each read and write one step for others. */
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/signal/mask.h"
#include "lib/err.h"

#define SIGXFSZ 25U

#define SEEK_SET  0
#define SEEK_CUR  1
#define SEEK_END  2
#define SEEK_DATA 3
#define SEEK_HOLE 4

static long read(struct file *f, struct io *io, uint64_t *at)
{
    struct vnode *v = f->vnode;
    long done = 0;
    int err = 0;

    if (vnode_is(v, MODE_DIRECTORY)) return -EISDIR;

    MUTEX_SCOPED(&v->lock);
    if (io->room > FILE_SIZE_MAX - *at) return -EINVAL;
    while (*at < v->size && (err = io_next(io)) > 0) {
        uint64_t in_page = *at % FILE_PAGE, n = MIN(io->len, FILE_PAGE - in_page);
        uint8_t *page;

        n = MIN(n, v->size - *at);
        err = v->ops->page(v, *at / FILE_PAGE, false, &page);
        if (err == 0 && io_put(io, page != NULL ? page + in_page : NULL, n) < 0) err = -EFAULT;
        if (err != 0) break;
        *at += n;
        done += (long)n;
    }
    return done > 0 || err >= 0 ? done : err;
}

uint64_t file_size_limit = FILE_SIZE_MAX;

int file_too_large(void)
{
    if (file_size_limit < FILE_SIZE_MAX) signal_raise(SIGXFSZ);
    return -EFBIG;
}

static long write(struct file *f, struct io *io, uint64_t *at)
{
    struct vnode *v = f->vnode;
    long done = 0;
    int err;

    MUTEX_SCOPED(&v->lock);
    if (io->room > FILE_SIZE_MAX - *at) return -EINVAL;
    if (f->flags & LINUX_O_APPEND) *at = v->size;
    while ((err = io_next(io)) > 0) {
        uint64_t in_page = *at % FILE_PAGE, n = MIN(io->len, FILE_PAGE - in_page);
        uint8_t *page;

        if (*at >= file_size_limit) {
            err = done > 0 ? 0 : file_too_large();
            break;
        }
        n = MIN(n, file_size_limit - *at);
        err = v->ops->page(v, *at / FILE_PAGE, true, &page);
        if (err == 0) err = user_read(page + in_page, io->base, n);
        if (err != 0) break;
        io_advance(io, n);
        *at += n;
        done += (long)n;
    }
    if (done > 0) {
        __atomic_store_n(&v->size, MAX(v->size, *at), __ATOMIC_RELAXED);
        v->modified = v->changed = (int64_t)time_wall_ns();
    }
    return done > 0 || err >= 0 ? done : err;
}

static long seek_directory(struct file *f, int64_t offset, long whence)
{
    MUTEX_SCOPED(&f->lock);

    if (whence == SEEK_CUR && __builtin_add_overflow((int64_t)f->offset, offset, &offset))
        return -EINVAL;
    if (whence > SEEK_CUR || whence < SEEK_SET || offset < 0) return -EINVAL;
    f->offset = (uint64_t)offset;
    return offset;
}

static long seek(struct file *f, int64_t offset, long whence)
{
    struct vnode *v = f->vnode;
    int64_t base = 0;

    if (vnode_is(v, MODE_DIRECTORY)) return seek_directory(f, offset, whence);

    MUTEX_SCOPED(&v->lock);
    switch (whence) {
    case SEEK_SET: break;
    case SEEK_CUR: base = (int64_t)f->offset; break;
    case SEEK_END: base = (int64_t)v->size; break;
    case SEEK_DATA:                 /* all of it counts as content, and then comes a hole */
    case SEEK_HOLE:
        if (offset < 0 || (uint64_t)offset >= v->size) return -ENXIO;
        if (whence == SEEK_HOLE) offset = (int64_t)v->size;
        break;
    default: return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &offset) || offset < 0) return -EINVAL;
    f->offset = (uint64_t)offset;
    return offset;
}

const struct file_ops vnode_file_ops = { .read = read, .write = write, .seek = seek };

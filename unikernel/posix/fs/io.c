/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing. */
#include "unikernel/posix/fs/io.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define IOV_MAX 1024

int io_next(struct io *io)
{
    while (io->len == 0 && io->left > 0) {
        struct linux_iovec v;

        if (user_read(&v, io->vector, sizeof(v)) != 0) return -EFAULT;
        io->vector += sizeof(v);
        io->left--;
        io->base = v.base;
        io->len = MIN(v.len, io->room);
    }
    return io->len != 0;
}

long io_put(struct io *io, const uint8_t *from, uint64_t n)
{
    static const uint8_t zeros[64];
    int err = 0;

    if (from != NULL) err = user_write(io->base, from, n);
    for (uint64_t at = 0; from == NULL && at < n && err == 0; at += sizeof(zeros)) {
        err = user_write(io->base + at, zeros, MIN(n - at, sizeof(zeros)));
    }
    if (err != 0) return err;
    io_advance(io, n);
    return (long)n;
}

int io_put_all(struct io *io, const void *from, uint64_t n)
{
    while (n > 0 && io_next(io) > 0) {
        uint64_t piece = MIN(n, io->len);

        if (io_put(io, from, piece) < 0) return -EFAULT;
        from = (const uint8_t *)from + piece;
        n -= piece;
    }
    return n == 0 ? 0 : -EFAULT;
}

/* All lengths are looked at before the first byte moves. */
static int io_vector(struct io *io, uint64_t vector, long count)
{
    uint64_t sum = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    for (long i = 0; i < count; i++) {
        struct linux_iovec v;

        if (user_read(&v, vector + (uint64_t)i * sizeof(v), sizeof(v)) != 0) return -EFAULT;
        if (!add_ok(&sum, sum, v.len) || sum > INT64_MAX) return -EINVAL;
    }
    *io = (struct io){ .vector = vector,
                       .left = (uint32_t)count,
                       .room = MIN(sum, LINUX_TRANSFER_MAX) };
    return 0;
}

static struct io io_one(long base, long len)
{
    uint64_t room = MIN((uint64_t)len, LINUX_TRANSFER_MAX);

    return (struct io){ .base = (uint64_t)base, .len = room, .room = room };
}

/* From where the file stands, or from *at. */
static long transfer(long fd, bool out, struct io *io, uint64_t *at)
{
    struct file *f FILE_SCOPED = file_of(fd);
    long (*move)(struct file *f, struct io *io, uint64_t *at);

    if (f == NULL || !(out ? file_may_write(f) : file_may_read(f))) return -EBADF;
    if (at == NULL) at = &f->offset;
    else if (f->ops->seek == NULL) return -ESPIPE;
    move = out ? f->ops->write : f->ops->read;
    return move == NULL ? -EINVAL : move(f, io, at);
}

static long transfer_vector(long fd, bool out, long vector, long count, uint64_t *at)
{
    struct io io;
    int err = io_vector(&io, (uint64_t)vector, count);

    return err != 0 ? err : transfer(fd, out, &io, at);
}

static long transfer_at(long fd, bool out, struct io io, long offset)
{
    uint64_t at = (uint64_t)offset;

    return offset < 0 ? -EINVAL : transfer(fd, out, &io, &at);
}

long sys_read(long fd, long base, long len, long d, long e, long f)
{
    struct io io = io_one(base, len);

    return transfer(fd, false, &io, NULL);
}

long sys_write(long fd, long base, long len, long d, long e, long f)
{
    struct io io = io_one(base, len);

    return transfer(fd, true, &io, NULL);
}

long sys_pread64(long fd, long base, long len, long offset, long e, long f)
{
    return transfer_at(fd, false, io_one(base, len), offset);
}

long sys_pwrite64(long fd, long base, long len, long offset, long e, long f)
{
    return transfer_at(fd, true, io_one(base, len), offset);
}

long sys_readv(long fd, long vector, long count, long d, long e, long f)
{
    return transfer_vector(fd, false, vector, count, NULL);
}

long sys_writev(long fd, long vector, long count, long d, long e, long f)
{
    return transfer_vector(fd, true, vector, count, NULL);
}

long sys_preadv(long fd, long vector, long count, long offset, long e, long f)
{
    uint64_t at = (uint64_t)offset;

    return offset < 0 ? -EINVAL : transfer_vector(fd, false, vector, count, &at);
}

long sys_pwritev(long fd, long vector, long count, long offset, long e, long f)
{
    uint64_t at = (uint64_t)offset;

    return offset < 0 ? -EINVAL : transfer_vector(fd, true, vector, count, &at);
}

/* What is written is where it stays, so RWF_DSYNC and RWF_SYNC are no work, and HIPRI is a wish. */
static long transfer_flags(long fd, bool out, long vector, long count, long offset, long flags)
{
    uint64_t at = (uint64_t)offset;

    if (flags & ~LINUX_RWF_TAKEN) return -EOPNOTSUPP;
    if (offset < -1) return -EINVAL;
    return transfer_vector(fd, out, vector, count, offset == -1 ? NULL : &at);
}

long sys_preadv2(long fd, long vector, long count, long offset, long high, long flags)
{
    return transfer_flags(fd, false, vector, count, offset, flags);
}

long sys_pwritev2(long fd, long vector, long count, long offset, long high, long flags)
{
    return transfer_flags(fd, true, vector, count, offset, flags);
}

long sys_lseek(long fd, long offset, long whence, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    return f->ops->seek == NULL ? -ESPIPE : f->ops->seek(f, offset, whence);
}

static long set_nonblocking(struct file *f, uint64_t arg)
{
    int32_t on;

    if (user_read(&on, arg, sizeof(on)) != 0) return -EFAULT;
    if (on != 0) __atomic_fetch_or(&f->flags, LINUX_O_NONBLOCK, __ATOMIC_RELAXED);
    else __atomic_fetch_and(&f->flags, ~(uint32_t)LINUX_O_NONBLOCK, __ATOMIC_RELAXED);
    return 0;
}

long sys_ioctl(long fd, long request, long arg, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    if ((uint32_t)request == LINUX_FIONBIO) return set_nonblocking(f, (uint64_t)arg);
    return f->ops->ioctl == NULL ? -ENOTTY : f->ops->ioctl(f, request, arg);
}

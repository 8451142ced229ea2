/* SPDX-License-Identifier: Apache-2.0 */
/* The console behind a descriptor. */
#include "unikernel/posix/console_io.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"

static long transfer(bool out, const struct io *io)
{
    return io->vector != 0 ? console_transfer_vector(out, io->vector, (long)io->left)
                           : console_transfer(out, io->base, io->len);
}

static long read(struct file *f, struct io *io, uint64_t *at) { return transfer(false, io); }
static long write(struct file *f, struct io *io, uint64_t *at) { return transfer(true, io); }
static long ioctl(struct file *f, long request, long arg) { return console_ioctl(request, arg); }
static void stat(struct file *f, struct linux_stat *out) { console_stat((long)f->offset, out); }
static uint32_t poll(struct file *f, struct waiter *w)                 { return LINUX_POLLOUT; }

const struct file_ops console_file_ops = {
    .read = read, .write = write, .ioctl = ioctl, .stat = stat, .poll = poll,
};

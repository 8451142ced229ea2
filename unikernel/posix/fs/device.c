/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/fs/device.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/fs/stat.h"
#include "unikernel/posix/random.h"
#include "lib/err.h"
#include "lib/str.h"

#define NUMBER(major, minor) ((major) << 8 | (minor))

static long read_end(struct file *f, struct io *io, uint64_t *at)   { return 0; }
static long write_away(struct file *f, struct io *io, uint64_t *at) { return (long)io->room; }
static long write_full(struct file *f, struct io *io, uint64_t *at) { return -ENOSPC; }

/* Pieces end with a page, so what could be written before a fault is what is told. Only a kill cuts
 * a long transfer short. */
static long fill(struct io *io, bool with_random)
{
    uint8_t some[256];
    long done = 0;
    int err = 0;

    while (!thread_is_killed(arch_self()) && (err = io_next(io)) > 0) {
        uint64_t n = MIN(io->len, FILE_PAGE - io->base % FILE_PAGE);

        if (with_random) {
            n = MIN(n, sizeof(some));
            random_bytes(some, n);
        }
        err = io_put(io, with_random ? some : NULL, n);
        if (err != 0) break;
        done += (long)n;
    }
    if (with_random) mem_wipe(some, sizeof(some));
    return done > 0 ? done : err;
}

static long read_zeros(struct file *f, struct io *io, uint64_t *at)  { return fill(io, false); }
static long read_random(struct file *f, struct io *io, uint64_t *at) { return fill(io, true); }

static long seek(struct file *f, int64_t offset, long whence) { return 0; }
static long ioctl(struct file *f, long request, long arg)     { return -ENOTTY; }
static void stat(struct file *f, struct linux_stat *out)      { stat_of(f->vnode, out); }
static int16_t poll(struct file *f)                           { return LINUX_POLLIN | LINUX_POLLOUT; }

#define OPS(r, w) { .read = r, .write = w, .seek = seek, .ioctl = ioctl, .stat = stat, .poll = poll }
static const struct file_ops null_ops = OPS(read_end, write_away),
                             zero_ops = OPS(read_zeros, write_away),
                             full_ops = OPS(read_zeros, write_full),
                             random_ops = OPS(read_random, write_away);

static const struct device {
    const struct file_ops *ops;
    uint16_t number, rights;
    char name[8];
} devices[] = {
    { &null_ops, NUMBER(1, 3), 0666, "null" },
    { &zero_ops, NUMBER(1, 5), 0666, "zero" },
    { &full_ops, NUMBER(1, 7), 0666, "full" },
    { &random_ops, NUMBER(1, 8), 0666, "random" },
    { &random_ops, NUMBER(1, 9), 0666, "urandom" },
    { &console_file_ops, NUMBER(5, 0), 0666, "tty" },
    { &console_file_ops, NUMBER(5, 1), 0600, "console" },
};

int device_open(struct file *f)
{
    for (unsigned i = 0; i < ARRAY_LEN(devices); i++) {
        if (devices[i].number != f->vnode->device) continue;
        f->ops = devices[i].ops;
        return 0;
    }
    return -ENXIO;
}

int devices_make(struct vnode *dir)
{
    int err = 0;

    for (unsigned i = 0; i < ARRAY_LEN(devices) && err == 0; i++) {
        const struct device *d = &devices[i];
        const struct name n = { d->name, (uint32_t)strlen(d->name) };
        struct vnode *v VNODE_SCOPED = NULL;

        err = dir->ops->create(dir, &n, MODE_DEVICE | d->rights, NULL, d->number, &v);
    }
    return err;
}

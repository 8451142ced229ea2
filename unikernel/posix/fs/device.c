/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/fs/device.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/random.h"
#include "lib/err.h"
#include "lib/str.h"

enum {
    NULL_DEVICE = 0x103, /* Linux's numbers */
    ZERO = 0x105,
    FULL = 0x107,
    RANDOM = 0x108,
    URANDOM = 0x109,
    TTY = 0x500,
    CONSOLE = 0x501,
};

static const struct device {
    uint16_t number;
    char name[8];
} devices[] = {
    { NULL_DEVICE, "null" }, { ZERO, "zero" }, { FULL, "full" },       { RANDOM, "random" },
    { URANDOM, "urandom" },  { TTY, "tty" },   { CONSOLE, "console" },
};

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

static long read(struct file *f, struct io *io, uint64_t *at)
{
    uint32_t number = f->vnode->device;

    return number == NULL_DEVICE ? 0 : fill(io, number >= RANDOM);
}

/* What it takes is gone, wherever it lies. */
static long write(struct file *f, struct io *io, uint64_t *at)
{
    return f->vnode->device == FULL ? -ENOSPC : (long)io->room;
}

static long seek(struct file *f, int64_t offset, long whence) { return 0; }

static const struct file_ops memory_ops = { .read = read, .write = write, .seek = seek };

int device_open(struct file *f)
{
    switch (f->vnode->device) {
    case NULL_DEVICE:
    case ZERO:
    case FULL:
    case RANDOM:
    case URANDOM:
        f->ops = &memory_ops;
        return 0;
    case TTY:
    case CONSOLE:
        f->ops = &console_file_ops;
        return 0;
    default:
        return -ENXIO;
    }
}

int devices_make(struct vnode *dir)
{
    int err = 0;

    for (unsigned i = 0; i < ARRAY_LEN(devices) && err == 0; i++) {
        const struct device *d = &devices[i];
        const struct name n = { d->name, (uint32_t)strlen(d->name) };
        uint32_t rights = d->number == CONSOLE ? 0600 : 0666;
        struct vnode *v VNODE_SCOPED = NULL;

        err = dir->ops->create(dir, &n, MODE_DEVICE | rights, NULL, d->number, &v);
    }
    return err;
}

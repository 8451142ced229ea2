/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/fs/device.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/syscalls.h"
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

static const struct link {
    char name[8], target[16];
} links[] = {
    { "fd", "/proc/self/fd" },
    { "stdin", "/proc/self/fd/0" },
    { "stdout", "/proc/self/fd/1" },
    { "stderr", "/proc/self/fd/2" },
};

static long put_random(struct io *io, uint64_t n)
{
    long done = sys_getrandom((long)io->base, (long)n, 0, 0, 0, 0);

    if (done > 0) io_advance(io, (uint64_t)done);
    return done;
}

/* Pieces end with a page, so what could be written before a fault is what is told. */
static long read(struct file *f, struct io *io, uint64_t *at)
{
    uint32_t number = f->vnode->device;
    long done = 0, n = 0;

    if (number == NULL_DEVICE) return 0;
    while ((n = io_next(io)) > 0) {
        uint64_t piece = MIN(io->len, FILE_PAGE - io->base % FILE_PAGE);

        n = number >= RANDOM ? put_random(io, piece) : io_put(io, NULL, piece);
        if (n < 0) break;
        done += n;
    }
    return done > 0 ? done : n;
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
        f->changed = &console_waitq;
        return 0;
    default:
        return -ENXIO;
    }
}

int devices_make(struct vnode *dir)
{
    for (unsigned i = 0; i < ARRAY_LEN(devices); i++) {
        const struct device *d = &devices[i];
        uint32_t rights = d->number == CONSOLE ? 0600 : 0666;

        if (vfs_make(dir, d->name, MODE_DEVICE | rights, d->number) == NULL) return -ENOMEM;
    }
    for (unsigned i = 0; i < ARRAY_LEN(links); i++) {
        struct vnode *v = vfs_make(dir, links[i].name, MODE_SYMLINK | 0777, 0);

        if (v == NULL) return -ENOMEM;
        tmpfs_set_content(v, (const uint8_t *)links[i].target, strlen(links[i].target));
    }
    return vfs_make(dir, "shm", MODE_DIRECTORY | 01777, 0) == NULL ? -ENOMEM : 0;
}

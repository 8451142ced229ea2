/* SPDX-License-Identifier: Apache-2.0 */
/* The console behind a descriptor, as a terminal: a line at a time, or bytes as they are typed. Of
 * its settings ICANON, ECHO, ICRNL, VMIN and VTIME mean something, the others are only kept. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/console_io.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/io.h"
#include "lib/err.h"

#define TENTH_NS 100000000U

/* Those of Linux's terminals */
static struct linux_termios settings = {
    .input = LINUX_ICRNL,
    .output = 5,
    .control = 0xbf,
    .local = 0x8030 | LINUX_ICANON | LINUX_ECHO,
    .chars = { 3, 28, 127, 21, 4, [LINUX_VMIN] = 1, [8] = 17, 19, 26 },
};

/* Without lines: what is there, but VMIN bytes at least, or what VTIME brings. */
static long read_bytes(struct io *io)
{
    unsigned least = settings.chars[LINUX_VMIN];
    uint64_t until = least > 0 ? NEVER : time_ns() + settings.chars[LINUX_VTIME] * TENTH_NS;
    long done = 0;
    int err = 0;

    if (console_is_claimed()) return 0;
    while ((done == 0 || done < least || console_has_input()) && (err = io_next(io)) > 0) {
        char c;

        err = console_get_until(&c, until);
        if (err != 0) break;
        if (c == '\r' && settings.input & LINUX_ICRNL) c = '\n';
        if (settings.local & LINUX_ECHO) console_write(&c, 1);
        err = (int)io_put(io, (uint8_t *)&c, 1);
        if (err < 0) break;
        done++;
    }
    return done > 0 || err == -ETIMEDOUT ? done : err;
}

static long transfer(bool out, const struct io *io)
{
    return io->vector != 0 ? console_transfer_vector(out, io->vector, (long)io->left)
                           : console_transfer(out, io->base, io->len);
}

static long read(struct file *f, struct io *io, uint64_t *at)
{
    return settings.local & LINUX_ICANON ? transfer(false, io) : read_bytes(io);
}

static long write(struct file *f, struct io *io, uint64_t *at) { return transfer(true, io); }

static long ioctl(struct file *f, long request, long arg)
{
    struct linux_termios new;

    if (request == LINUX_TCGETS) return user_write((uint64_t)arg, &settings, sizeof(settings));
    if (request < LINUX_TCSETS || request > LINUX_TCSETS + 2) return console_ioctl(request, arg);
    if (user_read(&new, (uint64_t)arg, sizeof(new)) != 0) return -EFAULT;
    settings = new;
    console_echo(new.local &LINUX_ECHO);
    return 0;
}

static uint32_t poll(struct file *f, struct waiter *w) { return LINUX_POLLOUT; }

const struct file_ops console_file_ops = {
    .read = read,
    .write = write,
    .ioctl = ioctl,
    .poll = poll,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The console behind a descriptor, as a terminal: a line at a time, or bytes as they are typed. Of
 * its settings ICANON, ECHO, ICRNL, VMIN and VTIME mean something, the others are only kept. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/console_line.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/console_io.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/fs/device.h"
#include "unikernel/posix/fs/io.h"
#include "lib/err.h"

#define TENTH_NS 100000000U
#define PIECE    256U
#define IN       (LINUX_POLLIN | LINUX_POLLRDNORM)

/* Those of Linux's terminals */
static struct linux_termios settings = {
    .input = LINUX_ICRNL,
    .output = 5,
    .control = 0xbf,
    .local = 0x8230 | LINUX_ICANON | LINUX_ECHO,
    .chars = { 3, 28, 127, 21, 4, [LINUX_VMIN] = 1, [8] = 17, 19, 26, [15] = 22 },
};

struct waitq console_waitq = { LIST_INIT(console_waitq.waiters), 0 };

void console_tell(void) { waitq_wake(&console_waitq, IN); }

static bool by_lines(void) { return settings.local & LINUX_ICANON || console_is_claimed(); }

struct transfer {
    struct attempt a;
    struct io *io;
    long done;
};

static long take_line(struct attempt *a)
{
    struct io *io = container_of(a, struct transfer, a)->io;
    char piece[PIECE];
    long n = console_take_line(piece, MIN(io->room, sizeof(piece)));

    return n > 0 && io_put_all(io, piece, (uint64_t)n) != 0 ? -EFAULT : n;
}

/* Without lines: what is there, but VMIN bytes at least. */
static long take_bytes(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    int err;
    char c;

    while ((err = io_next(t->io)) > 0 && console_take(&c)) {
        if (c == '\r' && settings.input & LINUX_ICRNL) c = '\n';
        if (settings.local & LINUX_ECHO) console_write(&c, 1);
        err = (int)io_put(t->io, (uint8_t *)&c, 1);
        if (err < 0) break;
        t->done++;
    }
    if (err <= 0) return err;
    return t->done > 0 && t->done >= settings.chars[LINUX_VMIN] ? t->done : -EAGAIN;
}

static long read(struct file *f, struct io *io, uint64_t *at)
{
    bool lines = by_lines(), may_wait = file_may_wait(f);
    bool ends = !lines && settings.chars[LINUX_VMIN] == 0;
    uint64_t ns = (uint64_t)settings.chars[LINUX_VTIME] * TENTH_NS;
    struct transfer t = { { lines ? take_line : take_bytes, &console_waitq, IN }, io, 0 };
    long n;

    if (io->room == 0) return 0;
    n = wait_for(&t.a, may_wait, ends ? deadline_after(ns) : NEVER);
    if (t.done > 0) return t.done;
    return n == -EAGAIN && ends && (may_wait || ns == 0) ? 0 : n;
}

static long write(struct file *f, struct io *io, uint64_t *at)
{
    return io->vector != 0 ? console_put_out_vector(io->vector, (long)io->left)
                           : console_put_out(io->base, io->len);
}

/* Bytes that are there. 0 may be the end of the file; -EAGAIN: no line is. */
static long count(void) { return by_lines() ? console_take_line(NULL, 0) : (long)console_typed(); }

static bool readable(void)
{
    long n = count(), least = settings.chars[LINUX_VTIME] > 0 ? 1 : settings.chars[LINUX_VMIN];

    return by_lines() ? n >= 0 : n > 0 && n >= least;
}

static long ioctl(struct file *f, long request, long arg)
{
    struct linux_termios new;
    int32_t n;

    if (request == LINUX_TCGETS) return user_write((uint64_t)arg, &settings, sizeof(settings));
    if (request == LINUX_FIONREAD) {
        n = (int32_t)MAX(count(), 0);
        return user_write((uint64_t)arg, &n, sizeof(n));
    }
    if (request < LINUX_TCSETS || request > LINUX_TCSETS + 2) return console_ioctl(request, arg);
    if (user_read(&new, (uint64_t)arg, sizeof(new)) != 0) return -EFAULT;
    settings = new;
    console_echo(new.local &LINUX_ECHO);
    return 0;
}

static uint32_t poll(struct file *f)
{
    return LINUX_POLLOUT | LINUX_POLLWRNORM | (readable() ? IN : 0);
}

const struct file_ops console_file_ops = {
    .read = read,
    .write = write,
    .ioctl = ioctl,
    .poll = poll,
    .poll_locks = true,             /* a line is edited, and echoed, when it is asked after */
};

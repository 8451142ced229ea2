/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0 to 2 are the console; there are no others until the image has a file system. */
#include "unikernel/kernel/console.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define IOV_MAX     1024
#define PATH_MAX    256
#define LINE_MAX    256                 /* of input */
#define PIECE_MAX   128                 /* a line of that length is not interrupted (console.h) */

static bool is_console(long fd) { return fd >= 0 && fd <= 2; }

/* Whole lines as far as there are any. */
static size_t piece_length(const char *text, size_t len)
{
    size_t n = len;

    while (n > 0 && text[n - 1] != '\n') n--;
    return n > 0 ? n : len;
}

static long transfer_out(uint64_t base, uint64_t len)
{
    char piece[PIECE_MAX];
    uint64_t done = 0;

    while (done < len) {
        size_t n = MIN(len - done, sizeof(piece));

        if (user_read(piece, base + done, n) != 0) return done > 0 ? (long)done : -EFAULT;
        if (done + n < len) n = piece_length(piece, n);
        console_write(piece, n);
        done += n;
    }
    return (long)done;
}

static long transfer_in(uint64_t base, uint64_t len)
{
    char line[LINE_MAX];
    long n = console_read(line, MIN(len, sizeof(line)));

    return n > 0 && user_write(base, line, (uint64_t)n) != 0 ? -EFAULT : n;
}

static long transfer(bool out, uint64_t base, uint64_t len)
{
    return out ? transfer_out(base, len) : transfer_in(base, len);
}

static long transfer_vector(bool out, uint64_t vector, long count)
{
    struct linux_iovec v;
    long total = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    for (long i = 0; i < count; i++) {
        long n = user_read(&v, vector + (uint64_t)i * sizeof(v), sizeof(v));

        if (n == 0) n = transfer(out, v.base, v.len);
        if (n < 0) return total > 0 ? total : n;
        total += n;
        if ((uint64_t)n < v.len) break;
    }
    return total;
}

/* stdio hands over a line and its end as two pieces. Short ones go out as one, or another thread's
 * output might come between. Returns the length, or 0 if this is not the way to write them. */
static long write_gathered(uint64_t vector, long count)
{
    struct linux_iovec v[2];
    char text[PIECE_MAX];
    size_t used = 0;

    if (count != 2 || user_read(v, vector, sizeof(v)) != 0) return 0;
    if (v[0].len > PIECE_MAX || v[1].len > PIECE_MAX - v[0].len) return 0;
    for (size_t i = 0; i < 2; i++) {
        if (user_read(text + used, v[i].base, v[i].len) != 0) return 0;
        used += v[i].len;
    }
    console_write(text, used);
    return (long)used;
}

long sys_read(long fd, long base, long len, long d, long e, long f)
{
    if (fd != 0) return -EBADF;
    return transfer(false, (uint64_t)base, (uint64_t)len);
}

long sys_write(long fd, long base, long len, long d, long e, long f)
{
    if (!is_console(fd) || fd == 0) return -EBADF;
    return transfer(true, (uint64_t)base, (uint64_t)len);
}

long sys_readv(long fd, long vector, long count, long d, long e, long f)
{
    return fd == 0 ? transfer_vector(false, (uint64_t)vector, count) : -EBADF;
}

long sys_writev(long fd, long vector, long count, long d, long e, long f)
{
    long n;

    if (!is_console(fd) || fd == 0) return -EBADF;
    n = write_gathered((uint64_t)vector, count);
    return n > 0 ? n : transfer_vector(true, (uint64_t)vector, count);
}

long sys_close(long fd, long b, long c, long d, long e, long f)
{
    return is_console(fd) ? 0 : -EBADF;
}

long sys_lseek(long fd, long b, long c, long d, long e, long f)
{
    return is_console(fd) ? -ESPIPE : -EBADF;
}

long sys_fcntl(long fd, long command, long c, long d, long e, long f)
{
    return is_console(fd) ? -EINVAL : -EBADF;
}

long sys_ioctl(long fd, long request, long arg, long d, long e, long f)
{
    static const struct linux_winsize size = { 24, 80, 0, 0 };

    if (!is_console(fd)) return -EBADF;
    if (request != LINUX_TIOCGWINSZ) return -ENOTTY;
    return user_write((uint64_t)arg, &size, sizeof(size));
}

long sys_fstat(long fd, long out, long c, long d, long e, long f)
{
    struct linux_stat s = { .mode = LINUX_S_IFCHR | 0620, .links = 1, .rdev = 0x500 + (uint64_t)fd,
                            .block_size = 1024 };

    if (!is_console(fd)) return -EBADF;
    return user_write((uint64_t)out, &s, sizeof(s));
}

/* There are no files. 0: the path is empty. */
static long find(long path)
{
    char text[PATH_MAX];
    int err = user_text(text, (uint64_t)path, sizeof(text));

    return err == -E2BIG ? -ENAMETOOLONG : err == 0 && text[0] != '\0' ? -ENOENT : err;
}

/* An empty path means the descriptor itself. */
long sys_newfstatat(long fd, long path, long out, long flags, long e, long f)
{
    long err = find(path);

    return err != 0 ? err : sys_fstat(fd, out, 0, 0, 0, 0);
}

long sys_openat(long at, long path, long flags, long mode, long e, long f)
{
    long err = find(path);

    return err != 0 ? err : -ENOENT;
}

long sys_faccessat(long at, long path, long mode, long d, long e, long f)
{
    long err = find(path);

    return err != 0 ? err : -ENOENT;
}

/* Enough for "is it open?", which libc asks at start. */
long sys_ppoll(long fds, long count, long timeout, long d, long e, long f)
{
    long ready = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    for (long i = 0; i < count; i++) {
        uint64_t at = (uint64_t)fds + (uint64_t)i * sizeof(struct linux_pollfd);
        struct linux_pollfd p;

        if (user_read(&p, at, sizeof(p)) != 0) return -EFAULT;
        p.revents = is_console(p.fd) ? (int16_t)(p.events & 4) : (int16_t)(p.fd < 0 ? 0 : 0x20);
        if (user_write(at, &p, sizeof(p)) != 0) return -EFAULT;
        if (p.revents != 0) ready++;
    }
    return ready;
}

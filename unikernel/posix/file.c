/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0 to 2 are the console; there are no others until the image has a file system. */
#include "unikernel/kernel/console.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define IOV_MAX     1024
#define PATH_MAX    4096
#define GATHER_MAX  128

static bool is_console(long fd) { return fd >= 0 && fd <= 2; }

static long transfer(bool out, uint64_t base, uint64_t len)
{
    if (space_back(base, len, out ? SPACE_R : SPACE_W) != 0) return -EFAULT;
    if (!out) return console_read((char *)base, len);
    console_write((const char *)base, len);
    return (long)len;
}

static long transfer_vector(bool out, uint64_t vector, long count)
{
    struct linux_iovec v;
    long total = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    if (space_back(vector, (uint64_t)count * sizeof(v), SPACE_R) != 0) return -EFAULT;
    for (long i = 0; i < count; i++) {
        long n;

        memcpy(&v, (const char *)vector + (uint64_t)i * sizeof(v), sizeof(v));
        n = transfer(out, v.base, v.len);
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
    char text[GATHER_MAX];
    size_t used = 0;

    if (count != 2 || space_back(vector, sizeof(v), SPACE_R) != 0) return 0;
    memcpy(v, (const char *)vector, sizeof(v));
    if (v[0].len > GATHER_MAX || v[1].len > GATHER_MAX - v[0].len) return 0;
    for (size_t i = 0; i < 2; i++) {
        if (space_back(v[i].base, v[i].len, SPACE_R) != 0) return 0;
        memcpy(text + used, (const char *)v[i].base, v[i].len);
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
    if (space_back((uint64_t)arg, sizeof(size), SPACE_W) != 0) return -EFAULT;
    memcpy((void *)arg, &size, sizeof(size));
    return 0;
}

long sys_fstat(long fd, long out, long c, long d, long e, long f)
{
    struct linux_stat s = { .mode = LINUX_S_IFCHR | 0620, .links = 1, .rdev = 0x500 + (uint64_t)fd,
                            .block_size = 1024 };

    if (!is_console(fd)) return -EBADF;
    if (space_back((uint64_t)out, sizeof(s), SPACE_W) != 0) return -EFAULT;
    memcpy((void *)out, &s, sizeof(s));
    return 0;
}

/* An empty path means the descriptor itself. */
long sys_newfstatat(long fd, long path, long out, long flags, long e, long f)
{
    if (space_back_text((uint64_t)path, PATH_MAX) != 0) return -EFAULT;
    if (*(const char *)path == '\0') return sys_fstat(fd, out, 0, 0, 0, 0);
    return -ENOENT;
}

long sys_openat(long at, long path, long flags, long mode, long e, long f)
{
    return space_back_text((uint64_t)path, PATH_MAX) != 0 ? -EFAULT : -ENOENT;
}

long sys_faccessat(long at, long path, long mode, long d, long e, long f)
{
    return space_back_text((uint64_t)path, PATH_MAX) != 0 ? -EFAULT : -ENOENT;
}

/* Enough for "is it open?", which libc asks at start. */
long sys_ppoll(long fds, long count, long timeout, long d, long e, long f)
{
    struct linux_pollfd *p = (struct linux_pollfd *)fds;
    long ready = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    if (space_back((uint64_t)fds, (uint64_t)count * sizeof(*p), SPACE_R | SPACE_W) != 0) {
        return -EFAULT;
    }
    for (long i = 0; i < count; i++) {
        p[i].revents = is_console(p[i].fd) ? (int16_t)(p[i].events & 4)
                                           : (int16_t)(p[i].fd < 0 ? 0 : 0x20);
        if (p[i].revents != 0) ready++;
    }
    return ready;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0 to 2 are the console; there are no others. With the feature fs, posix/fs takes the
 * place of this file. */
#include "unikernel/posix/console_io.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define IOV_MAX     1024
#define PATH_MAX    256

static bool is_console(long fd) { return fd >= 0 && fd <= 2; }

long sys_read(long fd, long base, long len, long d, long e, long f)
{
    if (fd != 0) return -EBADF;
    return console_take_in((uint64_t)base, (uint64_t)len);
}

long sys_write(long fd, long base, long len, long d, long e, long f)
{
    if (!is_console(fd) || fd == 0) return -EBADF;
    return console_put_out((uint64_t)base, (uint64_t)len);
}

long sys_readv(long fd, long vector, long count, long d, long e, long f)
{
    return fd == 0 ? console_transfer_vector(console_take_in, (uint64_t)vector, count) : -EBADF;
}

long sys_writev(long fd, long vector, long count, long d, long e, long f)
{
    if (!is_console(fd) || fd == 0) return -EBADF;
    return console_put_out_vector((uint64_t)vector, count);
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
    return is_console(fd) ? console_ioctl(request, arg) : -EBADF;
}

long sys_fstat(long fd, long out, long c, long d, long e, long f)
{
    struct linux_stat s;

    if (!is_console(fd)) return -EBADF;
    console_stat(fd, &s);
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

/* Some ISAs have it in their list. */
syscall_fn sys_poll;

long sys_poll(long fds, long count, long timeout_ms, long d, long e, long f)
{
    return sys_ppoll(fds, count, 0, 0, 0, 0);
}

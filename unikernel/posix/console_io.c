/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/console_io.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/console_line.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"
#include "lib/str.h"

#define IOV_MAX     1024
#define LINE_MAX    256                 /* of input */
#define PIECE_MAX   128                 /* a line of that length is not interrupted (console.h) */

/* Whole lines as far as there are any. */
static size_t piece_length(const char *text, size_t len)
{
    size_t n = len;

    while (n > 0 && text[n - 1] != '\n') n--;
    return n > 0 ? n : len;
}

long console_put_out(uint64_t base, uint64_t len)
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

long console_take_in(uint64_t base, uint64_t len)
{
    char line[LINE_MAX];
    long n = console_read(line, MIN(len, sizeof(line)));

    return n > 0 && user_write(base, line, (uint64_t)n) != 0 ? -EFAULT : n;
}

long console_transfer_vector(console_transfer *move, uint64_t vector, long count)
{
    struct linux_iovec v;
    long total = 0;

    if (count < 0 || count > IOV_MAX) return -EINVAL;
    for (long i = 0; i < count; i++) {
        long n = user_read(&v, vector + (uint64_t)i * sizeof(v), sizeof(v));

        if (n == 0) n = move(v.base, v.len);
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

long console_put_out_vector(uint64_t vector, long count)
{
    long n = write_gathered(vector, count);

    return n > 0 ? n : console_transfer_vector(console_put_out, vector, count);
}

long console_ioctl(long request, long arg)
{
    static const struct linux_winsize size = { 24, 80, 0, 0 };

    return request != LINUX_TIOCGWINSZ ? -ENOTTY : user_write((uint64_t)arg, &size, sizeof(size));
}

void console_stat(long fd, struct linux_stat *out)
{
    *out = (struct linux_stat){ .mode = LINUX_S_IFCHR | 0620,
                                .links = 1,
                                .rdev = 0x500 + (uint64_t)fd,
                                .block_size = 1024 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From one descriptor to another, by way of memory of the application's half: calls that read and write
 * know no other. */
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define SEEK_SET 0
#define SEEK_CUR 1
#define ROOM     (16U * FILE_PAGE)

/* Where a descriptor stands, or what the application says. */
static long place_get(long fd, long at, int64_t *out)
{
    if (at != 0) return user_read(out, (uint64_t)at, sizeof(*out));
    *out = sys_lseek(fd, 0, SEEK_CUR, 0, 0, 0);
    return *out < 0 ? *out : 0;
}

static long place_set(long fd, long at, int64_t to)
{
    if (at != 0) return user_write((uint64_t)at, &to, sizeof(to));
    return sys_lseek(fd, to, SEEK_SET, 0, 0, 0) < 0 ? -EINVAL : 0;
}

/* to: NULL writes where `out` stands. */
static long copy_through(uint64_t room, long in, int64_t *from, long out, int64_t *to, uint64_t count)
{
    long done = 0, n = 0;

    while (count > 0) {
        uint64_t piece = MIN(count, ROOM);

        n = sys_pread64(in, (long)room, (long)piece, *from, 0, 0);
        if (n > 0) {
            n = to != NULL ? sys_pwrite64(out, (long)room, n, *to, 0, 0)
                           : sys_write(out, (long)room, n, 0, 0, 0);
        }
        if (n <= 0) break;
        *from += n;
        if (to != NULL) *to += n;
        done += n;
        count -= (uint64_t)n;
        if ((uint64_t)n < piece) break;
    }
    return done > 0 ? done : n;
}

static long copy(long in, int64_t *from, long out, int64_t *to, long count)
{
    uint64_t room = 0;
    long done;
    int err = space_map(&room, ROOM, SPACE_R | SPACE_W, false);

    if (err != 0) return err;
    done = copy_through(room, in, from, out, to, MIN((uint64_t)count, LINUX_TRANSFER_MAX));
    err = space_unmap(room, ROOM);
    return err != 0 ? err : done;
}

static int is_file(const struct file *f)
{
    if (f->vnode != NULL && vnode_is(f->vnode, MODE_DIRECTORY)) return -EISDIR;
    return f->vnode != NULL && vnode_is(f->vnode, MODE_FILE) ? 0 : -EINVAL;
}

long sys_sendfile(long out, long in, long at, long count, long e, long g)
{
    struct file *a FILE_SCOPED = file_of(in), *b FILE_SCOPED = file_of(out);
    int64_t from;
    long err, done;

    if (a == NULL || b == NULL || !file_may_read(a) || !file_may_write(b)) return -EBADF;
    if (is_file(a) != 0 || count < 0 || b->flags & LINUX_O_APPEND) return -EINVAL;
    err = place_get(in, at, &from);
    if (err != 0 || from < 0) return err != 0 ? err : -EINVAL;
    done = copy(in, &from, out, NULL, count);
    err = place_set(in, at, from);
    return err != 0 ? err : done;
}

long sys_copy_file_range(long in, long in_at, long out, long out_at, long count, long flags)
{
    struct file *a FILE_SCOPED = file_of(in), *b FILE_SCOPED = file_of(out);
    int64_t from, to, n = (int64_t)MIN((uint64_t)count, LINUX_TRANSFER_MAX);
    long err, done;

    if (flags != 0) return -EINVAL;
    if (a == NULL || b == NULL) return -EBADF;
    err = is_file(a) != 0 ? is_file(a) : is_file(b);
    if (err != 0) return err;
    if (!file_may_read(a) || !file_may_write(b) || b->flags & LINUX_O_APPEND) return -EBADF;
    err = place_get(in, in_at, &from);
    if (err == 0) err = place_get(out, out_at, &to);
    if (err != 0) return err;
    if (from < 0 || to < 0 || (a->vnode == b->vnode && from < to + n && to < from + n)) return -EINVAL;
    done = copy(in, &from, out, &to, n);
    err = place_set(in, in_at, from);
    if (err == 0) err = place_set(out, out_at, to);
    return err != 0 ? err : done;
}

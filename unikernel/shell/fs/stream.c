/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/fs/stream.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/shell/fs/place.h"
#include "lib/err.h"

static int find_or_make(const char *directory, const char *name, long flags, struct vnode **out)
{
    int err;

    do {                                /* another thread may make it first */
        AT_SCOPED(a);

        err = shell_at(&a, directory, name);
        if (err == 0) {
            err = vfs_open(&a.path, a.start, flags & LINUX_O_CREAT ? OPEN_CREATE : 0, 0644, out);
        }
    } while (err == -EEXIST);
    return err;
}

int stream_open(struct stream *s, const char *directory, const char *name, long flags)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = space_map(&s->page, STREAM_MAX, SPACE_R | SPACE_W, false);

    if (err == 0) err = find_or_make(directory, name, flags, &v);
    return err != 0 ? err : file_open(v, flags, &s->file);
}

void stream_close(struct stream *s)
{
    file_put(s->file);
    if (s->page != 0) BUG_ON(space_unmap(s->page, STREAM_MAX) != 0);
}

static struct io io_of(const struct stream *s, uint64_t n)
{
    return (struct io){ .base = s->page, .len = n, .room = n };
}

long stream_read(struct stream *s, void *to, uint64_t n)
{
    struct io io = io_of(s, n);
    long got = console_interrupted() ? -EINTR : s->file->ops->read(s->file, &io, &s->file->offset);

    if (got > 0 && user_read(to, s->page, (uint64_t)got) != 0) return -EFAULT;
    return got;
}

int stream_write(struct stream *s, const void *from, uint64_t n)
{
    while (n > 0) {
        struct io io = io_of(s, MIN(n, STREAM_MAX));
        long put = user_write(s->page, from, io.len);

        if (put == 0) put = s->file->ops->write(s->file, &io, &s->file->offset);
        if (put < 0) return (int)put;
        from = (const char *)from + put;
        n -= (uint64_t)put;
    }
    return 0;
}

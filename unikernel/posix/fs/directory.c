/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/vfs.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define TYPE_SHIFT 12               /* a directory entry's type is that part of the mode */

/* Bytes it takes there; -EFAULT, -EINVAL when it does not fit. */
static long put_entry(uint64_t to, uint64_t room, const struct dir_entry *e)
{
    struct linux_dirent d = { .number = e->number, .next = (int64_t)e->next,
                              .type = (uint8_t)(e->mode >> TYPE_SHIFT) };
    const uint64_t head = offsetof(struct linux_dirent, name);
    uint64_t len = align_up(head + e->len + 1, 8);

    if (len > room) return -EINVAL;
    d.len = (uint16_t)len;
    if (user_write(to, &d, head) != 0 || user_write(to + head, e->text, e->len + 1) != 0) {
        return -EFAULT;
    }
    return (long)len;
}

long sys_getdents64(long fd, long out, long size, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);
    struct dir_entry entry;
    long done = 0, n;

    if (f == NULL) return -EBADF;
    if (f->vnode == NULL || !vnode_is(f->vnode, MODE_DIRECTORY)) return -ENOTDIR;
    if (size < 0) return -EINVAL;

    MUTEX_SCOPED(&f->lock);
    while ((n = vfs_entry(f->vnode, f->offset, &entry)) > 0) {
        n = put_entry((uint64_t)out + (uint64_t)done, (uint64_t)(size - done), &entry);
        if (n < 0) break;
        done += n;
        f->offset = entry.next;
    }
    return done > 0 || n >= 0 ? done : n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names: made, moved, removed, read. */
#include "unikernel/fs/pool.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/at.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/pipe.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

long sys_mkdirat(long fd, long path, long mode, long d, long e, long f)
{
    AT_SCOPED(at);
    int err = at_get(&at, fd, path, 0);

    if (err != 0) return err;
    return vfs_create(&at.path, at.start, MODE_DIRECTORY | (masked(mode) & 01777), NULL, 0);
}

/* Devices are there from the start. */
static int may_make(uint32_t type)
{
    switch (type) {
    case MODE_FILE:
    case MODE_FIFO: return 0;
    case MODE_DEVICE:
    case MODE_BLOCKS:
    case MODE_SOCKET:
    case MODE_DIRECTORY: return -EPERM;
    default: return -EINVAL;
    }
}

long sys_mknodat(long fd, long path, long mode, long device, long e, long f)
{
    uint32_t type = (uint32_t)mode & MODE_TYPE;
    AT_SCOPED(at);
    int err;

    if (type == 0) type = MODE_FILE;
    err = may_make(type);
    if (err == 0) err = at_get(&at, fd, path, 0);
    if (err != 0) return err;
    if (type == MODE_FIFO) __atomic_store_n(&fifo_opener, fifo_open, __ATOMIC_RELAXED);
    return vfs_create(&at.path, at.start, type | masked(mode), NULL, 0);
}

long sys_unlinkat(long fd, long path, long flags, long d, long e, long f)
{
    AT_SCOPED(at);
    int err = flags & ~LINUX_AT_REMOVEDIR ? -EINVAL : at_get(&at, fd, path, 0);

    return err != 0 ? err : vfs_unlink(&at.path, at.start, flags & LINUX_AT_REMOVEDIR);
}

static int walk_to(struct at *a, long fd, long path, struct place *out)
{
    int err = at_get(a, fd, path, 0);

    return err != 0 ? err : path_walk(&a->path, a->start, 0, out);
}

long sys_renameat2(long from, long path, long to, long new_path, long flags, long f)
{
    AT_SCOPED(a);
    AT_SCOPED(b);
    PLACE_SCOPED(old);
    PLACE_SCOPED(new);
    int err;

    if (flags & ~(long)(MOVE_NOREPLACE | MOVE_EXCHANGE) ||
        flags == (MOVE_NOREPLACE | MOVE_EXCHANGE)) {
        return -EINVAL;
    }
    err = walk_to(&a, from, path, &old);
    if (err == 0) err = walk_to(&b, to, new_path, &new);
    return err != 0 ? err : vfs_rename(&old, &new, (unsigned)flags);
}

/* Some ISAs have it in their list. */
syscall_fn sys_renameat;

long sys_renameat(long from, long path, long to, long new_path, long e, long f)
{
    return sys_renameat2(from, path, to, new_path, 0, 0);
}

long sys_linkat(long from, long path, long to, long new_path, long flags, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    AT_SCOPED(b);
    int err = flags & ~LINUX_AT_FOLLOW ? -EINVAL
                                       : at_find(from, path, 0, flags & LINUX_AT_FOLLOW, &v);

    if (err == 0) err = at_get(&b, to, new_path, 0);
    return err != 0 ? err : vfs_link(v, &b.path, b.start);
}

long sys_symlinkat(long target, long fd, long path, long d, long e, long f)
{
    AT_SCOPED(text);
    AT_SCOPED(at);
    int err = at_get(&text, LINUX_AT_FDCWD, target, 0);

    if (err == 0) err = at_get(&at, fd, path, 0);
    if (err != 0) return err;
    return vfs_create(&at.path, at.start, MODE_SYMLINK | 0777, text.path.rest,
                      (uint32_t)strlen(text.path.rest));
}

static long read_own(struct vnode *v, uint64_t out, uint64_t room)
{
    char *page = page_alloc(), *text;
    long result = page != NULL ? v->ops->text(v, page, &text) : -ENOMEM;

    if (result == 0) {
        uint64_t n = MIN(strlen(text), room);

        result = user_write(out, text, n) != 0 ? -EFAULT : (long)n;
    }
    if (page != NULL) page_free(page);
    return result;
}

static long read_link(struct vnode *v, uint64_t out, uint64_t room)
{
    uint8_t *text = NULL;
    uint64_t n;
    int err;

    if (!vnode_is(v, MODE_SYMLINK)) return -EINVAL;
    if (v->ops->text != NULL) return read_own(v, out, room);

    MUTEX_SCOPED(&v->lock);
    n = MIN(v->size, room);
    err = v->ops->page(v, 0, false, &text);
    if (err == 0) err = user_write(out, text, n);
    return err != 0 ? err : (long)n;
}

long sys_readlinkat(long fd, long path, long out, long size, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = size <= 0 ? -EINVAL : at_find(fd, path, 0, false, &v);

    return err != 0 ? err : read_link(v, (uint64_t)out, (uint64_t)size);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/vfs.h"
#include "unikernel/posix/fs/at.h"
#include "unikernel/posix/fs/device.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/pipe.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

/* Kept for F_GETFL; the others act once, here. */
#define KEPT                                                                                      \
    (LINUX_O_ACCESS | LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_LARGEFILE | LINUX_O_DIRECTORY | \
     LINUX_O_NOFOLLOW)

static unsigned how_of(long flags)
{
    return (flags & LINUX_O_CREAT ? OPEN_CREATE : 0) | (flags & LINUX_O_EXCL ? OPEN_EXCLUSIVE : 0) |
           (flags & LINUX_O_NOFOLLOW ? OPEN_NOFOLLOW : 0) |
           (flags & LINUX_O_DIRECTORY ? OPEN_DIRECTORY : 0) | (flags & OPEN_BY_TEXT ? OPEN_NOMAGIC : 0);
}

static int flags_check(long flags)
{
    if (flags & LINUX_O_TMPFILE) return -EOPNOTSUPP;
    if (flags & LINUX_O_PATH || (flags & LINUX_O_ACCESS) == LINUX_O_ACCESS) return -EINVAL;
    return flags & LINUX_O_CREAT && flags & LINUX_O_DIRECTORY ? -EINVAL : 0;
}

/* Another thread may make the file between our finding nothing and making it. */
static int find_or_make(long at, long path, long flags, uint32_t mode, struct vnode **out)
{
    unsigned how = how_of(flags);
    int err;

    do {
        AT_SCOPED(a);

        err = at_get(&a, at, path, 0);
        if (err == 0) err = vfs_open(&a.path, a.start, how, mode, out);
    } while (err == -EEXIST && !(how & OPEN_EXCLUSIVE));
    return err;
}

static int prepare(struct vnode *v, long flags)
{
    bool writes = (flags & LINUX_O_ACCESS) != 0 || flags & LINUX_O_TRUNC;

    if (writes && vnode_is(v, MODE_DIRECTORY)) return -EISDIR;
    if (!vnode_is(v, MODE_FILE)) return 0;
    if (writes && v->fs->read_only) return -EROFS;
    return flags & LINUX_O_TRUNC ? vfs_resize(v, 0) : 0;
}

int (*fifo_opener)(struct file *f);

/* What a file does that is more than a place for bytes. */
static int open_special(struct file *f)
{
    const struct vnode *v = f->vnode;

    if (v->ops->open != NULL) return v->ops->open(f);
    switch (v->mode & MODE_TYPE) {
    case MODE_DEVICE: return device_open(f);
    case MODE_FIFO: return fifo_opener(f);
    default: return 0;
    }
}

int file_open(struct vnode *v, long flags, struct file **out)
{
    int err = prepare(v, flags);

    if (err != 0) return err;
    *out = file_new(&vnode_file_ops, v, (uint32_t)flags & KEPT);
    if (*out == NULL) return -ENOMEM;
    vnode_get(v);
    err = open_special(*out);
    if (err == 0) return 0;
    file_put(*out);
    *out = NULL;
    return err;
}

static int open_file(long at, long path, long flags, long mode, struct file **out)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = find_or_make(at, path, flags, masked(mode), &v);

    return err != 0 ? err : file_open(v, flags, out);
}

long sys_openat(long at, long path, long flags, long mode, long e, long f)
{
    struct file *file = NULL;
    int err = flags_check(flags);
    long fd;

    if (err != 0) return err;
    fd = fd_take(0, flags & LINUX_O_CLOEXEC);
    if (fd < 0) return fd;
    err = open_file(at, path, flags, mode, &file);
    fd_assign(fd, file);
    return err != 0 ? err : fd;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Newer ways to get a descriptor of a file. */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/fs/vfs.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define MFD_CLOEXEC  1L
#define MFD_EXEC     0x10L
#define PREFIX       "memfd:"
#define NAME_ROOM    250U           /* with the zero at its end */

#define NO_MAGICLINKS 2U

/* What /proc/self/fd says it is is "/memfd:NAME (deleted)". */
static struct vnode *memory_new(const char *name)
{
    const struct name had = { name, (uint32_t)strlen(name) };
    MUTEX_SCOPED(&vfs_root->fs->names);

    return tmpfs_nameless(vfs_root, MODE_FILE | 0777, &had);
}

long sys_memfd_create(long name, long flags, long c, long d, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    char text[sizeof(PREFIX) - 1 + NAME_ROOM] = PREFIX;
    struct file *file = NULL;
    int err = flags & ~(MFD_CLOEXEC | MFD_EXEC) ? -EINVAL : user_text(text + sizeof(PREFIX) - 1, (uint64_t)name, NAME_ROOM);
    long fd;

    if (err != 0) return err == -E2BIG ? -EINVAL : err;
    fd = fd_take(0, flags & MFD_CLOEXEC);
    if (fd < 0) return fd;
    v = memory_new(text);
    err = v != NULL ? file_open(v, LINUX_O_RDWR | LINUX_O_LARGEFILE, &file) : -ENOMEM;
    fd_assign(fd, file);
    return err != 0 ? err : fd;
}

/* What is behind what we know has to be zeros. */
static int rest_is_zero(uint64_t at, uint64_t end)
{
    uint8_t byte;

    for (; at < end; at++) {
        if (user_read(&byte, at, 1) != 0) return -EFAULT;
        if (byte != 0) return -E2BIG;
    }
    return 0;
}

long sys_openat2(long fd, long path, long how, long size, long e, long f)
{
    struct { uint64_t flags, mode, resolve; } h;
    uint64_t at = (uint64_t)how;
    int err;

    if ((uint64_t)size < sizeof(h)) return -EINVAL;
    if ((uint64_t)size > FILE_PAGE) return -E2BIG;
    if (user_read(&h, at, sizeof(h)) != 0) return -EFAULT;
    err = rest_is_zero(at + sizeof(h), at + (uint64_t)size);
    if (err != 0) return err;
    if (h.flags & ~(uint64_t)LINUX_O_TAKEN || h.mode & ~(uint64_t)MODE_RIGHTS || h.resolve & ~(uint64_t)NO_MAGICLINKS ||
        (h.mode != 0 && !(h.flags & LINUX_O_CREAT))) {
        return -EINVAL;
    }
    return sys_openat(fd, path, (long)h.flags | (h.resolve != 0 ? OPEN_BY_TEXT : 0), (long)h.mode, 0, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The other forms in which files and file systems tell what they are. */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/at.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/fs/stat.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define STATX_BASIC    0x7ffU /* all but the time of birth, which nobody knows */
#define STATX_RESERVED 0x80000000L

#define TMPFS_MAGIC  0x01021994U
#define PROC_MAGIC   0x9fa0U
#define PIPE_MAGIC   0x50495045U
#define ST_READ_ONLY 1U
#define ST_VALID     0x20U
#define ST_RELATIME  0x1000U

static struct linux_statx_time statx_time(const struct linux_timespec *t)
{
    return (struct linux_statx_time){ .sec = t->sec, .nsec = (uint32_t)t->nsec };
}

long sys_statx(long fd, long path, long flags, long mask, long out, long f)
{
    struct linux_statx x;
    struct linux_stat s;
    int err;

    if (mask & STATX_RESERVED || (flags & LINUX_AT_STATX_SYNC) == LINUX_AT_STATX_SYNC)
        return -EINVAL;
    err = stat_at(fd, path, flags & ~(long)LINUX_AT_STATX_SYNC, &s);
    if (err != 0) return err;
    x = (struct linux_statx){
        .mask = STATX_BASIC,
        .block_size = (uint32_t)s.block_size,
        .links = (uint32_t)s.links,
        .uid = s.uid,
        .gid = s.gid,
        .mode = (uint16_t)s.mode,
        .ino = s.ino,
        .size = (uint64_t)s.size,
        .blocks = (uint64_t)s.blocks,
        .accessed = statx_time(&s.accessed),
        .changed = statx_time(&s.changed),
        .modified = statx_time(&s.modified),
        .rdev_major = (uint32_t)s.rdev >> 8,
        .rdev_minor = s.rdev & 0xff,
        .dev_minor = (uint32_t)s.dev,
    };
    return user_write((uint64_t)out, &x, sizeof(x));
}

/* v NULL: a pipe or the like. */
static long tell_fs(const struct vnode *v, long out)
{
    struct linux_statfs s = { .type = PIPE_MAGIC, .flags = ST_VALID | ST_RELATIME };
    struct fs_stat fs;

    s.block_size = s.fragment_size = FILE_PAGE;
    s.name_max = FILE_NAME_MAX;
    if (v != NULL) {
        tmpfs_stat(v->fs, &fs);
        s.type = v->fs->type[0] == 'p' ? PROC_MAGIC : TMPFS_MAGIC;
        s.blocks = fs.pages;
        s.free = s.available = fs.pages_free;
        s.files = fs.names;
        s.files_free = fs.names_free;
        s.id[0] = v->fs->device;
        if (v->fs->read_only) s.flags |= ST_READ_ONLY;
    }
    return user_write((uint64_t)out, &s, sizeof(s));
}

long sys_statfs(long path, long out, long c, long d, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = at_find(LINUX_AT_FDCWD, path, 0, true, &v);

    return err != 0 ? err : tell_fs(v, out);
}

long sys_fstatfs(long fd, long out, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    return f == NULL ? -EBADF : tell_fs(f->vnode, out);
}

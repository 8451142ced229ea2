/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a file, and its being changed. There is one user, root, whom rights do not stop.
 */
#include "unikernel/posix/fs/stat.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/at.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define NS 1000000000
#define ANY_EXECUTE 0111U

static struct linux_timespec timespec_of(int64_t ns)
{
    int64_t sec = ns / NS - (ns % NS < 0);

    return (struct linux_timespec){ sec, ns - sec * NS };
}

/* names is held */
static void fill(struct vnode *v, struct linux_stat *s)
{
    MUTEX_SCOPED(&v->lock);

    *s = (struct linux_stat){
        .dev = v->fs->device,
        .ino = v->number,
        .mode = v->mode,
        .links = v->links,
        .uid = v->uid,
        .gid = v->gid,
        .rdev = v->device,
        .size = (int64_t)v->size,
        .block_size = FILE_PAGE,
        .blocks = (int64_t)v->blocks,
        .accessed = timespec_of(v->accessed),
        .modified = timespec_of(v->modified),
        .changed = timespec_of(v->changed),
    };
}

void stat_of(struct vnode *v, struct linux_stat *s)
{
    MUTEX_SCOPED(&v->fs->names);

    fill(v, s);
}

static int stat_fd(long fd, struct linux_stat *out)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    if (f->ops->stat != NULL) f->ops->stat(f, out);
    else if (f->vnode != NULL) stat_of(f->vnode, out);
    else *out = (struct linux_stat){ .mode = 0600, .links = 1, .block_size = FILE_PAGE };
    return 0;
}

long sys_fstat(long fd, long out, long c, long d, long e, long f)
{
    struct linux_stat s;
    int err = stat_fd(fd, &s);

    return err != 0 ? err : user_write((uint64_t)out, &s, sizeof(s));
}

static bool is_empty_text(long path)
{
    char first;

    return user_read(&first, (uint64_t)path, 1) == 0 && first == '\0';
}

static int find(long fd, long path, long flags, struct vnode **out)
{
    return at_find(fd, path, flags & LINUX_AT_EMPTY_PATH ? AT_EMPTY : 0,
                   !(flags & LINUX_AT_NOFOLLOW), out);
}

int stat_at(long fd, long path, long flags, struct linux_stat *out)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err;

    if (flags & ~(LINUX_AT_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH)) return -EINVAL;
    if (flags & LINUX_AT_EMPTY_PATH && (int)fd != LINUX_AT_FDCWD && is_empty_text(path)) {
        return stat_fd((int)fd, out);
    }
    err = find(fd, path, flags, &v);
    if (err == 0) stat_of(v, out);
    return err;
}

long sys_newfstatat(long fd, long path, long out, long flags, long e, long f)
{
    struct linux_stat s;
    int err = stat_at(fd, path, flags, &s);

    return err != 0 ? err : user_write((uint64_t)out, &s, sizeof(s));
}

static long may_access(const struct vnode *v, long mode)
{
    if (mode & 2 && v->fs->read_only) return -EROFS;
    return mode & 1 && !vnode_is(v, MODE_DIRECTORY) && !(v->mode & ANY_EXECUTE) ? -EACCES : 0;
}

long sys_faccessat(long fd, long path, long mode, long d, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = mode & ~7 ? -EINVAL : at_find(fd, path, 0, true, &v);

    return err != 0 ? err : may_access(v, mode);
}

/* Who one is has one answer: AT_EACCESS changes nothing. */
long sys_faccessat2(long fd, long path, long mode, long flags, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err;

    if (mode & ~7 || flags & ~(LINUX_AT_EACCESS | LINUX_AT_NOFOLLOW | LINUX_AT_EMPTY_PATH)) return -EINVAL;
    err = find(fd, path, flags, &v);
    return err != 0 ? err : may_access(v, mode);
}

/* What chmod, chown and utimensat change. */
struct change {
    bool mode, times;
    uint32_t rights;
    long uid, gid;                  /* -1: as it is */
    int64_t accessed, modified;
    bool keep_accessed, keep_modified;
};

static long change(struct vnode *v, const struct change *to)
{
    if (v->fs->read_only) return -EROFS;

    MUTEX_SCOPED(&v->lock);
    v->changed = (int64_t)time_wall_ns();
    if (to->mode) v->mode = (v->mode & MODE_TYPE) | to->rights;
    if ((int)to->uid != -1) v->uid = (uint32_t)to->uid;
    if ((int)to->gid != -1) v->gid = (uint32_t)to->gid;
    if (to->times && !to->keep_accessed) v->accessed = to->accessed;
    if (to->times && !to->keep_modified) v->modified = to->modified;
    return 0;
}

static long change_fd(long fd, const struct change *to)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    return f->vnode == NULL ? -EINVAL : change(f->vnode, to);
}

static long change_path(long fd, long path, long flags, const struct change *to)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err;

    if (flags & ~(LINUX_AT_NOFOLLOW | LINUX_AT_EMPTY_PATH)) return -EINVAL;
    err = find(fd, path, flags, &v);
    return err != 0 ? err : change(v, to);
}

static struct change new_mode(long mode)
{
    return (struct change){
        .mode = true, .rights = (uint32_t)mode & MODE_RIGHTS, .uid = -1, .gid = -1
    };
}

long sys_fchmod(long fd, long mode, long c, long d, long e, long f)
{
    struct change to = new_mode(mode);

    return change_fd(fd, &to);
}

long sys_fchmodat(long fd, long path, long mode, long d, long e, long f)
{
    struct change to = new_mode(mode);

    return change_path(fd, path, 0, &to);
}

/* A symbolic link has no rights of its own. */
long sys_fchmodat2(long fd, long path, long mode, long flags, long e, long f)
{
    struct change to = new_mode(mode);
    struct linux_stat s;
    int err = flags & LINUX_AT_NOFOLLOW ? stat_at(fd, path, flags, &s) : 0;

    if (err != 0) return err;
    if (flags & LINUX_AT_NOFOLLOW && (s.mode & MODE_TYPE) == MODE_SYMLINK) return -EOPNOTSUPP;
    return change_path(fd, path, flags, &to);
}

long sys_fchown(long fd, long uid, long gid, long d, long e, long f)
{
    struct change to = { .uid = uid, .gid = gid };

    return change_fd(fd, &to);
}

long sys_fchownat(long fd, long path, long uid, long gid, long flags, long f)
{
    struct change to = { .uid = uid, .gid = gid };

    return change_path(fd, path, flags, &to);
}

static int time_of(const struct linux_timespec *t, int64_t now, int64_t *out, bool *keep)
{
    const int64_t sec_max = INT64_MAX / NS - 1;

    *keep = t->nsec == LINUX_UTIME_OMIT;
    *out = now;
    if (*keep || t->nsec == LINUX_UTIME_NOW) return 0;
    if (t->nsec < 0 || t->nsec >= NS) return -EINVAL;
    *out = MAX(MIN(t->sec, sec_max), -sec_max) * NS + t->nsec;
    return 0;
}

static int read_times(long times, struct change *to)
{
    int64_t now = (int64_t)time_wall_ns();
    struct linux_timespec t[2] = { { 0, LINUX_UTIME_NOW }, { 0, LINUX_UTIME_NOW } };
    int err;

    if (times != 0) {
        if (user_read(t, (uint64_t)times, sizeof(t)) != 0) return -EFAULT;
    }
    err = time_of(&t[0], now, &to->accessed, &to->keep_accessed);
    return err != 0 ? err : time_of(&t[1], now, &to->modified, &to->keep_modified);
}

/* Without a path it is the descriptor's file. */
long sys_utimensat(long fd, long path, long times, long flags, long e, long f)
{
    struct change to = { .times = true, .uid = -1, .gid = -1 };
    int err = read_times(times, &to);

    if (err != 0) return err;
    if (to.keep_accessed && to.keep_modified) return 0;
    if (path != 0 || (int)fd == LINUX_AT_FDCWD) return change_path(fd, path, flags, &to);
    return flags != 0 ? -EINVAL : change_fd(fd, &to);
}

static int resize(struct vnode *v, uint64_t size)
{
    if (vnode_is(v, MODE_FILE) && size > MAX(v->size, file_size_limit)) return file_too_large();
    return vfs_resize(v, size);
}

long sys_ftruncate(long fd, long size, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = NULL;

    if (size < 0) return -EINVAL;
    f = file_of(fd);
    if (f == NULL) return -EBADF;
    if (f->vnode == NULL || !file_may_write(f)) return -EINVAL;
    return resize(f->vnode, (uint64_t)size);
}

long sys_truncate(long path, long size, long c, long d, long e, long f)
{
    struct vnode *v VNODE_SCOPED = NULL;
    int err = size < 0 ? -EINVAL : at_find(LINUX_AT_FDCWD, path, 0, true, &v);

    return err != 0 ? err : resize(v, (uint64_t)size);
}

/* What is in memory is where it stays. */
long sys_fsync(long fd, long b, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    if (f->vnode == NULL) return -EINVAL;
    return vnode_is(f->vnode, MODE_FILE) || vnode_is(f->vnode, MODE_DIRECTORY) ? 0 : -EINVAL;
}

long sys_fdatasync(long fd, long b, long c, long d, long e, long f)
{
    return sys_fsync(fd, 0, 0, 0, 0, 0);
}
long sys_syncfs(long fd, long b, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    return f == NULL ? -EBADF : 0;
}

long sys_sync(long a, long b, long c, long d, long e, long f)       { return 0; }

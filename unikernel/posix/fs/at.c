/* SPDX-License-Identifier: Apache-2.0 */
/* Where paths begin. */
#include "unikernel/posix/fs/at.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/fs/pool.h"
#include "lib/err.h"
#include "lib/str.h"

static struct {
    struct spinlock lock;
    struct vnode *dir;              /* NULL: the root */
    uint32_t mask;
} cwd = { .lock = SPINLOCK(LOCK_FILES), .mask = 022 };

struct vnode *cwd_get(void)
{
    LOCK_SCOPED(&cwd.lock);

    return vnode_get(cwd.dir != NULL ? cwd.dir : vfs_root);
}

uint32_t masked(long mode)
{
    return (uint32_t)mode & MODE_RIGHTS & ~__atomic_load_n(&cwd.mask, __ATOMIC_RELAXED);
}

static int start_of(long fd, struct vnode **out)
{
    struct file *f FILE_SCOPED = NULL;

    if (fd == LINUX_AT_FDCWD) {
        *out = cwd_get();
        return 0;
    }
    f = file_of(fd);
    if (f == NULL) return -EBADF;
    if (f->vnode == NULL) return -ENOTDIR;
    *out = vnode_get(f->vnode);
    return 0;
}

int at_get(struct at *a, long fd, long path, unsigned flags)
{
    int err = path_new(&a->path);

    if (err == 0) err = user_text(a->path.page, (uint64_t)path, FILE_PATH_MAX);
    if (err != 0) return err == -E2BIG ? -ENAMETOOLONG : err;
    path_begin(&a->path);
    if (at_is_empty(a) && !(flags & AT_EMPTY)) return -ENOENT;
    return a->path.rest[0] == '/' ? 0 : start_of((int)fd, &a->start);
}

void at_drop(struct at *a)
{
    vnode_put(a->start);
    path_drop(&a->path);
}

int at_find(long fd, long path, unsigned flags, bool follow, struct vnode **out)
{
    AT_SCOPED(at);
    int err = at_get(&at, fd, path, flags);

    if (err != 0) return err;
    if (!at_is_empty(&at)) return path_find(&at.path, at.start, follow ? WALK_FOLLOW : 0, out);
    *out = vnode_get(at.start);
    return 0;
}

static int cwd_set(struct vnode *dir)
{
    struct vnode *was VNODE_SCOPED = NULL;

    if (!vnode_is(dir, MODE_DIRECTORY)) return -ENOTDIR;

    LOCK_SCOPED(&cwd.lock);
    was = cwd.dir;
    cwd.dir = vnode_get(dir);
    return 0;
}

long sys_chdir(long path, long b, long c, long d, long e, long f)
{
    struct vnode *dir VNODE_SCOPED = NULL;
    int err = at_find(LINUX_AT_FDCWD, path, 0, true, &dir);

    return err == 0 ? cwd_set(dir) : err;
}

long sys_fchdir(long fd, long b, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    return f->vnode == NULL ? -ENOTDIR : cwd_set(f->vnode);
}

/* The length with the zero at the end. */
static long copy_out(uint64_t to, uint64_t room, const char *text)
{
    uint64_t len = strlen(text) + 1;

    if (len > room) return -ERANGE;
    return user_write(to, text, len) != 0 ? -EFAULT : (long)len;
}

long sys_getcwd(long out, long size, long c, long d, long e, long f)
{
    struct vnode *dir VNODE_SCOPED = cwd_get();
    char *page = page_alloc(), *text;
    long result;

    if (page == NULL) return -ENOMEM;
    result = vfs_way_to(dir, page, &text);
    if (result == 1) result = -ENOENT;
    if (result == 0) result = copy_out((uint64_t)out, (uint64_t)size, text);
    page_free(page);
    return result;
}

long sys_umask(long mask, long b, long c, long d, long e, long f)
{
    return (long)__atomic_exchange_n(&cwd.mask, (uint32_t)mask & 0777, __ATOMIC_RELAXED);
}

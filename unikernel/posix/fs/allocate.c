/* SPDX-License-Identifier: Apache-2.0 */
/* Room for what is going to be written, and hints of which none is followed: a file has no other place
 * than memory. */
#include "unikernel/fs/tmpfs.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define KEEP_SIZE    1
#define ADVICE_MAX   5
#define SYNC_FLAGS   7

/* v->lock is held. Nothing is taken when there is not enough for all. */
static int make_pages(struct vnode *v, uint64_t first, uint64_t end)
{
    struct fs_stat left;
    uint64_t missing = 0;
    uint8_t *page;
    int err = 0;

    tmpfs_stat(v->fs, &left);
    if (end - first > left.pages) return -ENOSPC;
    for (uint64_t i = first; i < end && err == 0; i++) {
        err = v->ops->page(v, i, false, &page);
        if (page == NULL) missing++;
    }
    if (missing > left.pages_free) return -ENOSPC;
    for (uint64_t i = first; i < end && err == 0; i++) err = v->ops->page(v, i, true, &page);
    return err;
}

static int allocate(struct vnode *v, uint64_t from, uint64_t end, bool keep_size)
{
    int err;
    MUTEX_SCOPED(&v->lock);

    err = make_pages(v, from / FILE_PAGE, (end + FILE_PAGE - 1) / FILE_PAGE);
    if (err != 0) return err;
    if (!keep_size && end > v->size) __atomic_store_n(&v->size, end, __ATOMIC_RELAXED);
    v->modified = v->changed = (int64_t)time_wall_ns();
    return 0;
}

/* A file of a file system, open in this way. */
static int check(const struct file *f, bool writes)
{
    if (f == NULL || !(writes ? file_may_write(f) : file_may_read(f))) return -EBADF;
    if (f->vnode == NULL || vnode_is(f->vnode, MODE_FIFO)) return -ESPIPE;
    return vnode_is(f->vnode, MODE_FILE) && f->ops == &vnode_file_ops ? 0 : -ENODEV;
}

long sys_fallocate(long fd, long mode, long offset, long len, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);
    uint64_t end;

    if (f == NULL) return -EBADF;
    if (offset < 0 || len <= 0) return -EINVAL;
    if (mode & ~KEEP_SIZE) return -EOPNOTSUPP;
    if (check(f, true) != 0) return check(f, true);
    if (!add_ok(&end, (uint64_t)offset, (uint64_t)len) || end > FILE_SIZE_MAX) return -EFBIG;
    if (!(mode & KEEP_SIZE) && end > MAX(f->vnode->size, file_size_limit)) return file_too_large();
    return allocate(f->vnode, (uint64_t)offset, end, mode & KEEP_SIZE);
}

long sys_fadvise64(long fd, long offset, long len, long advice, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);

    if (f == NULL) return -EBADF;
    if (f->vnode == NULL || vnode_is(f->vnode, MODE_FIFO)) return -ESPIPE;
    return len < 0 || advice < 0 || advice > ADVICE_MAX ? -EINVAL : 0;
}

long sys_readahead(long fd, long offset, long len, long d, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);
    int err = check(f, false);

    return err == 0 || err == -EBADF ? err : -EINVAL;
}

long sys_sync_file_range(long fd, long offset, long len, long flags, long e, long g)
{
    struct file *f FILE_SCOPED = file_of(fd);
    int64_t end;

    if (f == NULL) return -EBADF;
    if (flags & ~SYNC_FLAGS || offset < 0 || __builtin_add_overflow(offset, len, &end) ||
        end < offset) {
        return -EINVAL;
    }
    return f->vnode == NULL || vnode_is(f->vnode, MODE_FIFO) ? -ESPIPE : 0;
}

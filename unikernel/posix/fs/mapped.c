/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory. */
#include "unikernel/fs/mapping.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/memory.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "uk_layout.h"

static int check(const struct file *f, uint64_t len, unsigned rights, long type, uint64_t offset)
{
    if (f == NULL) return -EBADF;
    if (len == 0) return -EINVAL;
    if (len > LOW_END) return -ENOMEM;
    if (offset > FILE_SIZE_MAX - len) return -EOVERFLOW;
    if (type == 0 || type > LINUX_MAP_SHARED_VALIDATE) return -EINVAL;
    if (type != LINUX_MAP_PRIVATE && rights & SPACE_W && !file_may_write(f)) return -EACCES;
    if (!file_may_read(f)) return -EACCES;
    if (f->vnode == NULL || !vnode_is(f->vnode, MODE_FILE) || f->vnode->ops->map_page == NULL)
        return -ENODEV;
    return 0;
}

long map_file(uint64_t at, uint64_t len, unsigned rights, long flags, long fd, uint64_t offset)
{
    struct file *f FILE_SCOPED = file_of(fd);
    long type = flags & LINUX_MAP_TYPE;
    struct mapping as = { .offset = offset, .shared = type != LINUX_MAP_PRIVATE };
    int err = check(f, len, rights, type, offset);

    if (err != 0) return err;
    as.v = f->vnode;
    as.direct = as.shared || !(rights & SPACE_W);
    as.may_write = file_may_write(f);
    if (as.direct) rights |= SPACE_LAZY;
    mapping_begin(f->vnode);
    err = space_map_file(&at, len, rights, flags & LINUX_MAP_FIXED_NOREPLACE, &as);
    mapping_reap();
    return err != 0 ? err : (long)at;
}

long sys_munmap(long address, long len, long c, long d, long e, long f)
{
    int err = space_unmap((uint64_t)address, (uint64_t)len);

    mapping_reap();
    return err;
}

long sys_mprotect(long address, long len, long protection, long d, long e, long f)
{
    uint64_t at = (uint64_t)address, end;
    unsigned rights;
    int err = rights_of(protection, &rights);

    if (err != 0) return err;
    if (!add_ok(&end, at, (uint64_t)len)) return -ENOMEM;
    stacks_changed(at, (uint64_t)len);
    err = mapping_protect(at, end, rights);
    return err != 0 ? err : space_protect(at, (uint64_t)len, rights);
}

/* Advice we do not follow is not an error. */
long sys_madvise(long address, long len, long advice, long d, long e, long f)
{
    uint64_t at = (uint64_t)address, end;

    if (!is_aligned(at, PAGE_SIZE) || !add_ok(&end, at, (uint64_t)len)) return -EINVAL;
    if (advice != LINUX_MADV_DONTNEED && advice != LINUX_MADV_FREE) return 0;
    return mapping_discard(at, align_up(end, PAGE_SIZE));
}

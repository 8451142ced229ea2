/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory. */
#include "unikernel/fs/mapping.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/posix/fs/device.h"
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
    if (f->vnode == NULL) return -ENODEV;
    if (device_is_zero(f->vnode)) return 0;
    return !vnode_is(f->vnode, MODE_FILE) || f->vnode->ops->map_page == NULL ? -ENODEV : 0;
}

long map_file(uint64_t at, uint64_t len, unsigned rights, long flags, long fd, uint64_t offset)
{
    struct file *f FILE_SCOPED = file_of(fd);
    long type = flags & LINUX_MAP_TYPE;
    bool keep = flags & LINUX_MAP_FIXED_NOREPLACE;
    struct mapping as = { .offset = offset, .shared = type != LINUX_MAP_PRIVATE };
    int err = check(f, len, rights, type, offset);

    if (err != 0) return err;
    as.v = f->vnode;
    as.direct = as.shared || !(rights & SPACE_W);
    as.may_write = file_may_write(f);
    if (device_is_zero(f->vnode)) {
        err = space_map(&at, len, rights, keep);
    } else {
        mapping_begin(f->vnode);
        if (as.direct) rights |= SPACE_LAZY;
        err = space_map_file(&at, len, rights, keep, &as);
    }
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

/* Those that are not followed, and of which nothing has to be: NORMAL to WILLNEED, DONTFORK and DOFORK,
 * HUGEPAGE to PAGEOUT. */
#define ACCEPTED 0x3fcc0fU

long sys_madvise(long address, long len, long advice, long d, long e, long f)
{
    bool discards = advice == LINUX_MADV_DONTNEED || advice == LINUX_MADV_FREE;
    uint64_t at = (uint64_t)address, end;
    struct mapping part;
    unsigned rights;
    int err = 0;

    if (!is_aligned(at, PAGE_SIZE) || !add_ok(&end, at, (uint64_t)len)) return -EINVAL;
    if (!discards && ((uint64_t)advice >= 32 || !(ACCEPTED & BIT64(advice)))) return -EINVAL;
    end = align_up(end, PAGE_SIZE);
    if (advice == LINUX_MADV_FREE && mapping_next(at, end, &part)) {
        vnode_put(part.v);
        return -EINVAL;
    }
    if (discards) err = mapping_discard(at, end);
    return err != 0 ? err : mapped_check(at, end, &rights);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mmap and relatives over mm/space.h. Anonymous memory here; there shared and private are the same
 * with one address space. Write together with execute is refused. */
#include "unikernel/posix/memory.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/mapping.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "uk_layout.h"

int rights_of(long protection, unsigned *rights)
{
    if (protection & ~(LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC)) return -EINVAL;
    *rights = (protection & LINUX_PROT_READ ? SPACE_R : 0) |
              (protection & LINUX_PROT_WRITE ? SPACE_R | SPACE_W : 0) |
              (protection & LINUX_PROT_EXEC ? SPACE_R | SPACE_X : 0);
    return 0;
}

long sys_mmap(long address, long len, long protection, long flags, long fd, long offset)
{
    bool fixed = flags & (LINUX_MAP_FIXED | LINUX_MAP_FIXED_NOREPLACE);
    uint64_t at = fixed ? (uint64_t)address : 0;
    unsigned rights;
    int err = rights_of(protection, &rights);

    if (err != 0) return err;
    if (offset % PAGE_SIZE != 0 || (fixed && at == 0)) return -EINVAL;
    if (flags & LINUX_MAP_NORESERVE) rights |= SPACE_LAZY;
    if (!(flags & LINUX_MAP_ANONYMOUS))
        return map_file(at, (uint64_t)len, rights, flags, fd, (uint64_t)offset);
    if (!(flags & (LINUX_MAP_SHARED | LINUX_MAP_PRIVATE))) return -EINVAL;
    err = space_map(&at, (uint64_t)len, rights, flags & LINUX_MAP_FIXED_NOREPLACE);
    mapping_reap();
    return err != 0 ? err : (long)at;
}

static struct spinlock brk_lock = SPINLOCK(LOCK_BRK);

/* Between the image and the area of mmap. The answer is where the heap ends now, changed or not. */
long sys_brk(long address, long b, long c, long d, long e, long f)
{
    static uint64_t heap_end;
    const uint64_t start = align_up((uint64_t)__bss_end, PAGE_SIZE);
    uint64_t to = (uint64_t)address, had, wanted;
    LOCK_SCOPED(&brk_lock);

    if (heap_end == 0) heap_end = start;
    if (to < start || to > MMAP_BASE) return (long)heap_end;
    had = align_up(heap_end, PAGE_SIZE);
    wanted = align_up(to, PAGE_SIZE);
    if (wanted > had && space_map(&had, wanted - had, SPACE_R | SPACE_W, true) != 0) {
        return (long)heap_end;
    }
    if (wanted < had && space_unmap(wanted, had - wanted) != 0) return (long)heap_end;
    heap_end = to;
    return (long)heap_end;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Is it mapped, is it there? What is there stays there, and a file has no other place than memory. */
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/memory.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "uk_layout.h"

int mapped_check(uint64_t at, uint64_t end, unsigned *rights)
{
    while (at < end) {
        if (space_look(at, &at, rights) < 0) return -ENOMEM;
    }
    return 0;
}

/* To whole pages; `wrong`: it begins inside of one, or goes on beyond all addresses. */
static int range_of(long address, long len, int wrong, uint64_t *at, uint64_t *end)
{
    *at = (uint64_t)address;
    if (!add_ok(end, *at, (uint64_t)len) || *end > INT64_MAX) return wrong;
    *end = align_up(*end, PAGE_SIZE);
    return 0;
}

long sys_msync(long address, long len, long flags, long d, long e, long f)
{
    unsigned rights;
    uint64_t at, end;
    int err = range_of(address, len, -ENOMEM, &at, &end);

    if (flags & ~(LINUX_MS_ASYNC | LINUX_MS_INVALIDATE | LINUX_MS_SYNC) ||
        !is_aligned((uint64_t)address, PAGE_SIZE) ||
        (flags & LINUX_MS_ASYNC && flags & LINUX_MS_SYNC)) {
        return -EINVAL;
    }
    if (err == 0) err = mapped_check(at, end, &rights);
    if (err == 0 && flags & (LINUX_MS_ASYNC | LINUX_MS_SYNC)) space_clean(at, end);
    return err;
}

long sys_mincore(long address, long len, long out, long d, long e, long f)
{
    uint64_t at, end, next;
    unsigned rights;
    int err = range_of(address, len, -ENOMEM, &at, &end);

    if (!is_aligned((uint64_t)address, PAGE_SIZE)) return -EINVAL;
    while (err == 0 && at < end) {
        int there = space_look(at, &next, &rights);
        uint8_t byte = there > 0;

        if (there < 0) return -ENOMEM;
        for (next = MIN(next, end); at < next && err == 0; at += PAGE_SIZE) {
            err = user_write((uint64_t)out++, &byte, 1);
        }
    }
    return err;
}

long sys_munlock(long address, long len, long c, long d, long e, long f)
{
    uint64_t at, end;
    unsigned rights;
    int err = range_of(address, len, -EINVAL, &at, &end);

    return err != 0 ? err : mapped_check(align_down(at, PAGE_SIZE), end, &rights);
}

long sys_mlock2(long address, long len, long flags, long d, long e, long f)
{
    uint64_t at, end;
    int err = range_of(address, len, -EINVAL, &at, &end);

    if (flags & ~LINUX_MLOCK_ONFAULT) return -EINVAL;
    if (err == 0) err = (int)sys_munlock(address, len, 0, 0, 0, 0);
    if (err != 0 || flags & LINUX_MLOCK_ONFAULT) return err;
    for (at = align_down(at, PAGE_SIZE); at < end; at += PAGE_SIZE) {
        if (space_fault(at, SPACE_R) != 0) return -ENOMEM;
    }
    return 0;
}

long sys_mlock(long address, long len, long c, long d, long e, long f)
{
    return sys_mlock2(address, len, 0, 0, 0, 0);
}

long sys_mlockall(long flags, long b, long c, long d, long e, long f)
{
    return flags & ~(LINUX_MCL_CURRENT | LINUX_MCL_FUTURE | LINUX_MCL_ONFAULT) ||
                   !(flags & (LINUX_MCL_CURRENT | LINUX_MCL_FUTURE))
               ? -EINVAL
               : 0;
}

long sys_munlockall(long a, long b, long c, long d, long e, long f) { return 0; }

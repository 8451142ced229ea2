/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on memory in which no file is mapped. With the feature fs, posix/fs/mapped.c takes the place of
 * this file. */
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/posix/memory.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

long map_file(uint64_t at, uint64_t len, unsigned rights, long flags, long fd, uint64_t offset)
{
    return fd >= 0 && fd <= 2 ? -ENODEV : -EBADF;
}

long sys_munmap(long address, long len, long c, long d, long e, long f)
{
    return space_unmap((uint64_t)address, (uint64_t)len);
}

long sys_mprotect(long address, long len, long protection, long d, long e, long f)
{
    unsigned rights;
    int err = rights_of(protection, &rights);

    if (err != 0) return err;
    stacks_changed((uint64_t)address, (uint64_t)len);
    return space_protect((uint64_t)address, (uint64_t)len, rights);
}

/* Advice we do not follow is not an error. */
long sys_madvise(long address, long len, long advice, long d, long e, long f)
{
    if (advice != LINUX_MADV_DONTNEED && advice != LINUX_MADV_FREE) return 0;
    return space_discard((uint64_t)address, (uint64_t)len);
}

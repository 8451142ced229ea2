/* SPDX-License-Identifier: Apache-2.0 */
/* An image without the feature fs: nothing is limited, names do not change, and of futexes there is what
 * libc uses. */
#include "unikernel/mm/user.h"
#include "unikernel/posix/futex.h"
#include "unikernel/posix/names.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

long sys_prlimit64(long pid, long resource, long new_limit, long old, long e, long f)
{
    if (new_limit != 0) return -EPERM;
    if (old == 0) return 0;
    return user_write((uint64_t)old, (const uint64_t[]){ UINT64_MAX, UINT64_MAX }, 16);
}

void uname_hosts(struct linux_utsname *u) { }

long futex_rare(long address, long operation, long value, long timeout, long address2, long value3)
{
    return -ENOSYS;
}

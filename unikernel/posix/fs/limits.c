/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the process. All are kept; those of descriptors and of files have an effect. */
#include "unikernel/kernel/lock.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define STACK_LIMIT (8U << 20)

static struct {
    struct spinlock lock;
    bool known;
    struct linux_rlimit of[LINUX_RLIMITS];
} limits;

/* limits.lock is held. */
static void as_at_first(void)
{
    memset(limits.of, 0xff, sizeof(limits.of));
    limits.of[LINUX_RLIMIT_STACK].now = STACK_LIMIT;
    limits.of[LINUX_RLIMIT_CORE].now = 0;
    limits.of[LINUX_RLIMIT_NOFILE] = (struct linux_rlimit){ FILES_MAX, FILES_MAX };
    limits.known = true;
}

static void exchange(uint32_t resource, const struct linux_rlimit *wanted, struct linux_rlimit *was)
{
    LOCK_SCOPED(&limits.lock);

    if (!limits.known) as_at_first();
    *was = limits.of[resource];
    if (wanted == NULL) return;
    limits.of[resource] = *wanted;
    if (resource == LINUX_RLIMIT_NOFILE) fd_limit = (uint32_t)wanted->now;
    if (resource == LINUX_RLIMIT_FSIZE) file_size_limit = MIN(wanted->now, FILE_SIZE_MAX);
}

long sys_prlimit64(long pid, long resource, long new_limit, long old, long e, long f)
{
    struct linux_rlimit was, wanted;

    if ((int)pid != 0 && (int)pid != PID) return -ESRCH;
    if ((uint32_t)resource >= LINUX_RLIMITS) return -EINVAL;
    if (new_limit != 0) {
        if (user_read(&wanted, (uint64_t)new_limit, sizeof(wanted)) != 0) return -EFAULT;
        if (wanted.now > wanted.max) return -EINVAL;
        if ((uint32_t)resource == LINUX_RLIMIT_NOFILE && wanted.max > FILES_MAX) return -EPERM;
    }
    exchange((uint32_t)resource, new_limit != 0 ? &wanted : NULL, &was);
    return old != 0 ? user_write((uint64_t)old, &was, sizeof(was)) : 0;
}

long sys_getrlimit(long resource, long out, long c, long d, long e, long f)
{
    return sys_prlimit64(0, resource, 0, out != 0 ? out : -1, 0, 0);
}

long sys_setrlimit(long resource, long in, long c, long d, long e, long f)
{
    return sys_prlimit64(0, resource, in != 0 ? in : -1, 0, 0, 0);
}

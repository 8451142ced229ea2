/* SPDX-License-Identifier: Apache-2.0 */
/* The system as a whole: its names, and a barrier across its CPUs. */
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/names.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

static char host[LINUX_UTS_MAX], domain[LINUX_UTS_MAX];

void uname_hosts(struct linux_utsname *u)
{
    if (host[0] != '\0') memcpy(u->node, host, sizeof(host));
    memcpy(u->domain, domain, sizeof(domain));
}

static long rename(char *name, long in, long len)
{
    char wanted[LINUX_UTS_MAX] = { 0 };

    if (len < 0 || len >= LINUX_UTS_MAX) return -EINVAL;
    if (user_read(wanted, (uint64_t)in, (uint64_t)len) != 0) return -EFAULT;
    memcpy(name, wanted, LINUX_UTS_MAX);
    return 0;
}

long sys_sethostname(long in, long len, long c, long d, long e, long f) { return rename(host, in, len); }
long sys_setdomainname(long in, long len, long c, long d, long e, long f)
{
    return rename(domain, in, len);
}

/* Nothing depends on it; UINT32_MAX only asks. */
long sys_personality(long wanted, long b, long c, long d, long e, long f)
{
    static uint32_t kept;

    return (uint32_t)wanted == UINT32_MAX ? kept : __atomic_exchange_n(&kept, (uint32_t)wanted, __ATOMIC_RELAXED);
}

/* Each other CPU has taken an interrupt since, in which it exchanged the word: a barrier. */
static void barrier(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cpu_count; i++) {
        if (cpus[i] == cpu_self()) continue;
        ipi_send(cpus[i], IPI_RESCHEDULE);
        while (__atomic_load_n(&cpus[i]->ipi, __ATOMIC_ACQUIRE) & IPI_RESCHEDULE) arch_relax();
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* One barrier does for all commands, and nobody has to register. */
long sys_membarrier(long command, long flags, long c, long d, long e, long f)
{
    uint32_t bit = (uint32_t)command;

    if ((uint32_t)flags != 0 || bit & (bit - 1) || bit > LINUX_MEMBARRIER_LAST) return -EINVAL;
    if (bit == LINUX_MEMBARRIER_QUERY) return 2 * LINUX_MEMBARRIER_LAST - 1;
    barrier();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How and where threads are scheduled, by thread id; 0 is the caller. */
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define TURN_NS 10000000

struct policy {
    int policy;                     /* -1: as it is */
    int prio;
};

static long with(long id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    if (id < 0 || id > INT32_MAX) return -EINVAL;
    return thread_with(id == 0 ? arch_self()->id : (uint32_t)id, fn, arg);
}

static int set_policy(struct thread *t, void *arg)
{
    const struct policy *p = arg;
    int policy = p->policy < 0 ? t->policy : p->policy, err;

    if (thread_is_kernel(t)) return -EPERM;
    err = thread_set_policy(t, (enum thread_policy)policy, (unsigned)p->prio);
    if (err == 0) pi_changed(t);
    return err;
}

static int get_policy(struct thread *t, void *arg)
{
    *(struct policy *)arg = (struct policy){ t->policy, t->own_prio };
    return 0;
}

static long set(long id, int policy, long param)
{
    struct policy p = { policy, 0 };

    int err = user_read(&p.prio, (uint64_t)param, 4);

    return err != 0 ? err : with(id, set_policy, &p);
}

long sys_sched_setscheduler(long id, long policy, long param, long d, long e, long f)
{
    policy &= ~LINUX_SCHED_RESET_ON_FORK;
    return policy < 0 || policy > POLICY_RR ? -EINVAL : set(id, (int)policy, param);
}

long sys_sched_setparam(long id, long param, long c, long d, long e, long f)
{
    return set(id, -1, param);
}

long sys_sched_getscheduler(long id, long b, long c, long d, long e, long f)
{
    struct policy p;
    long err = with(id, get_policy, &p);

    return err != 0 ? err : p.policy;
}

long sys_sched_getparam(long id, long param, long c, long d, long e, long f)
{
    struct policy p;
    long err = with(id, get_policy, &p);

    return err != 0 ? err : user_write((uint64_t)param, &p.prio, 4);
}

static long priority_limit(long policy, long realtime)
{
    if (policy == POLICY_FIFO || policy == POLICY_RR) return realtime;
    return policy == POLICY_OTHER ? 0 : -EINVAL;
}

long sys_sched_get_priority_max(long policy, long b, long c, long d, long e, long f)
{
    return priority_limit(policy, 99);
}

long sys_sched_get_priority_min(long policy, long b, long c, long d, long e, long f)
{
    return priority_limit(policy, 1);
}

long sys_sched_rr_get_interval(long id, long out, long c, long d, long e, long f)
{
    struct policy p;
    long err = with(id, get_policy, &p);
    struct linux_timespec turn = { 0, p.policy == POLICY_FIFO ? 0 : TURN_NS };

    return err != 0 ? err : user_write((uint64_t)out, &turn, sizeof(turn));
}

static int set_affinity(struct thread *t, void *mask)
{
    return thread_is_kernel(t) ? -EPERM : thread_set_affinity(t, *(const uint32_t *)mask);
}

static int get_affinity(struct thread *t, void *mask)
{
    *(uint64_t *)mask = t->affinity & cpus_online();
    return 0;
}

long sys_sched_setaffinity(long id, long len, long mask, long d, long e, long f)
{
    uint32_t allowed = 0;

    int err = len > 0 ? user_read(&allowed, (uint64_t)mask, 1) : 0;

    return err != 0 ? err : with(id, set_affinity, &allowed);
}

long sys_sched_getaffinity(long id, long len, long out, long d, long e, long f)
{
    uint64_t mask = 0;
    long err;

    if (len < 8 || len % 8 != 0) return -EINVAL;
    err = with(id, get_affinity, &mask);
    if (err == 0) err = user_write((uint64_t)out, &mask, 8);
    return err != 0 ? err : 8;
}

long sys_getcpu(long cpu, long node, long c, long d, long e, long f)
{
    const uint32_t index = arch_self()->cpu->index, none = 0;
    int err = cpu != 0 ? user_write((uint64_t)cpu, &index, 4) : 0;

    if (err == 0 && node != 0) err = user_write((uint64_t)node, &none, 4);
    return err;
}

long sys_sched_yield(long a, long b, long c, long d, long e, long f)
{
    thread_yield();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What CPUs have spent in threads (kernel/cputime.h), and the clocks that show it. */
#include "unikernel/posix/fs/cputime.h"
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define CLOCK_OF_THREAD   4
#define CLOCK_KIND        3             /* bits: times with and without that of the system, the sum */
#define CLOCK_NONE        3
#define CLOCK_OWN_PROCESS (-8 | 2)
#define CLOCK_OWN_THREAD  (-8 | CLOCK_OF_THREAD | 2)

/* Not counted yet of what runs on c, whose lock is held; clocks of CPUs may differ a little. */
static __attribute__((noinline)) uint64_t uncounted(const struct cpu *c)
{
    uint64_t now = arch_ticks();

    return c->counted_at != 0 && now > c->counted_at ? now - c->counted_at : 0;
}

void cputime_charge(struct cpu *c)
{
    uint64_t ticks = uncounted(c);

    c->counted_at = arch_ticks();
    c->current->cpu_ticks += ticks;
    if (!thread_is_kernel(c->current)) c->app_ticks += ticks;
}

uint64_t cputime_of(struct thread *t)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = sched_lock_cpu_of(t);
    uint64_t ticks = t->cpu_ticks + (c->current == t ? uncounted(c) : 0);

    spin_unlock(&c->lock);
    return time_of_ticks(ticks);
}

uint64_t cputime_of_process(void)
{
    uint64_t ticks = 0;

    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *c = cpus[i];
        LOCK_SCOPED(&c->lock);

        ticks += c->app_ticks + (thread_is_kernel(c->current) ? 0 : uncounted(c));
    }
    return time_of_ticks(ticks);
}

static int of_thread(struct thread *t, void *ns)
{
    if (thread_is_kernel(t)) return -EINVAL;
    *(uint64_t *)ns = cputime_of(t);
    return 0;
}

/* A clock's number is Linux's: above three bits, of which bit 2 says that it is of a thread, stands the
 * complement of whose it is, 0 for the caller. There are two short names. */
int clock_of_cpu_time(int id, uint64_t *ns)
{
    int whose;

    if (id == LINUX_CLOCK_PROCESS_CPUTIME) id = CLOCK_OWN_PROCESS;
    if (id == LINUX_CLOCK_THREAD_CPUTIME) id = CLOCK_OWN_THREAD;
    if (id >= 0 || (id & CLOCK_KIND) == CLOCK_NONE) return -EINVAL;
    whose = ~(id >> 3);
    if (id & CLOCK_OF_THREAD) {
        if (whose == 0) whose = (int)arch_self()->id;
        return thread_with((uint32_t)whose, of_thread, ns) != 0 ? -EINVAL : 0;
    }
    if (whose != 0 && whose != PID) return -EINVAL;
    *ns = cputime_of_process();
    return 0;
}

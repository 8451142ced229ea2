/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/arch.h"

#define NS_PER_S 1000000000ULL

static struct {
    uint64_t boot;                  /* counter at time_init */
    uint64_t hz;
    uint64_t wall_offset, wall_sets;
} clock;

void time_init(void)
{
    clock.boot = arch_ticks();
    clock.hz = arch_ticks_per_second();
}

/* By division, which is exact: a rounded factor would let the two directions drift apart, so that
 * after weeks a short sleep would be none. */
uint64_t time_of_ticks(uint64_t t)
{
    return t / clock.hz * NS_PER_S + t % clock.hz * NS_PER_S / clock.hz;
}

uint64_t time_ns(void) { return time_of_ticks(arch_ticks() - clock.boot); }

uint64_t time_to_ticks(uint64_t ns)
{
    uint64_t s = ns / NS_PER_S, rest = ns % NS_PER_S, ticks;

    /* One tick more than the exact value, so that time_ns() has reached ns when the counter has
     * reached this. */
    if (__builtin_mul_overflow(s, clock.hz, &ticks) ||
        __builtin_add_overflow(ticks, rest * clock.hz / NS_PER_S + 1 + clock.boot, &ticks)) {
        return UINT64_MAX - 1;
    }
    return ticks;
}

static uint64_t wall_offset(void) { return __atomic_load_n(&clock.wall_offset, __ATOMIC_RELAXED); }

uint64_t time_wall_ns(void) { return wall_offset() + time_ns(); }

void time_wall_set(uint64_t ns)
{
    __atomic_store_n(&clock.wall_offset, ns - time_ns(), __ATOMIC_RELAXED);
    /* Release: who finds the number has the new time. */
    __atomic_fetch_add(&clock.wall_sets, 1, __ATOMIC_RELEASE);
}

uint64_t time_wall_sets(void) { return __atomic_load_n(&clock.wall_sets, __ATOMIC_ACQUIRE); }

uint64_t deadline_after(uint64_t ns)
{
    uint64_t at;

    return !__builtin_add_overflow(time_ns(), ns, &at) && at < DEADLINE_WALL ? at : NEVER;
}

uint64_t deadline_to_ticks(uint64_t deadline_ns)
{
    if (deadline_ns & DEADLINE_WALL) {
        uint64_t until = deadline_ns & ~DEADLINE_WALL, offset = wall_offset();

        deadline_ns = until > offset ? until - offset : 0;
    }
    return time_to_ticks(deadline_ns);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What portable kernel code stands on, for unit tests: time that stands still until the test moves
 * it, memory in an array, CPUs of which one at a time does something, and a panic that can be
 * expected. */
#pragma once

#include "unikernel/kernel/cpu.h"

#define FAKE_HZ 1000000000ULL       /* one tick is a nanosecond */

/** Fresh memory of that many bytes at physical address 0, filled with rubbish. */
void fake_memory(uint64_t bytes);
void fake_memory_free(void);

/** `count` CPUs that idle; what runs on the first is host_self. */
void fake_cpus(unsigned count);

/** A thread that was not started, allowed everywhere. */
void fake_thread(struct thread *t, uint32_t id);

/** What other CPUs do while one waits for them; NULL: nothing, so waiting is for ever and fails. */
extern void (*fake_spin)(void);

extern uint64_t fake_now;           /* ticks */
extern uint64_t fake_timer_at;      /* what arch_timer_set was told last */
extern uint32_t fake_ipis;          /* bit n: CPU n was sent one; a test takes the bit away */

/** The next panic jumps back and makes this true; an unexpected one fails the test. */
#define EXPECT_PANIC(call)                                                                         \
    do {                                                                                           \
        fake_panic_expected = true;                                                                \
        if (__builtin_setjmp(fake_panic_return) == 0) {                                            \
            call;                                                                                  \
            fail_msg("no panic");                                                                  \
        }                                                                                          \
        fake_panic_expected = false;                                                               \
    } while (0)
extern bool fake_panic_expected;
extern void *fake_panic_return[5];

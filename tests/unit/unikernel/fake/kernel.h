/* SPDX-License-Identifier: Apache-2.0 */
/* What portable kernel code stands on, for unit tests: one CPU whose time stands still until the
 * test moves it, memory in an array, and a panic that can be expected. Threads are objects that are
 * switched to without running: arch_switch returns at once to its caller, and a test looks at who
 * would run. */
#pragma once

#include "lib/compiler.h"

struct thread;

#define FAKE_HZ 1000000000ULL       /* one tick is a nanosecond */

/** Fresh memory of that many bytes at physical address 0, filled with rubbish. */
void fake_memory(uint64_t bytes);
void fake_memory_free(void);

extern uint64_t fake_now;           /* ticks */
extern uint64_t fake_timer_at;      /* what arch_timer_set was told last */
extern struct thread *fake_switched_to;

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

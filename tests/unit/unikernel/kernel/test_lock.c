/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/lock.c
/* What a lock that is held means, and the order in which they may be taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"

_Thread_local struct thread *host_self;
_Thread_local uint64_t host_irq_flag;
char *host_memory;

static struct thread self;
static jmp_buf panicked;

void host_irqs_on(void) { }

void host_spin(void) { fail_msg("waits for ever"); }
void panic(const char *format, ...) { longjmp(panicked, 1); }

static struct spinlock lock;

static int setup(void **state)
{
    self.held = NULL;
    host_self = &self;
    host_irq_flag = 1;
    return 0;
}

/* regression: uk 33 */
static void interrupts_are_masked_while_a_lock_is_held(void **state)
{
    {
        LOCK_SCOPED(&lock);
        assert_int_equal(host_irq_flag, 0);
        assert_ptr_equal(self.held->lock, &lock);
    }
    assert_int_equal(host_irq_flag, 1);
    assert_null(self.held);
    host_irq_flag = 0;
    {
        LOCK_SCOPED(&lock);
    }
    assert_int_equal(host_irq_flag, 0);
}

static bool is_refused(struct spinlock *first, struct spinlock *second)
{
    struct lock_guard a, b;
    volatile bool refused = true;

    lock_take(&a, first);
    if (setjmp(panicked) == 0) {
        lock_take(&b, second);
        refused = false;
        lock_release(&b);
    }
    lock_release(&a);
    return refused;
}

static void locks_are_taken_in_their_order(void **state)
{
    static struct spinlock outer = SPINLOCK(LOCK_THREADS), inner = SPINLOCK(LOCK_PAGES);
    static struct spinlock same[2] = { SPINLOCK(LOCK_FUTEX), SPINLOCK(LOCK_FUTEX) };
    static struct spinlock any;

    assert_false(is_refused(&outer, &inner));
    assert_true(is_refused(&inner, &outer));
    assert_true(is_refused(&inner, &inner));
    assert_false(is_refused(&same[0], &same[1]));
    assert_true(is_refused(&same[1], &same[0]));
    assert_false(is_refused(&inner, &any));
    assert_false(is_refused(&any, &outer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(interrupts_are_masked_while_a_lock_is_held, setup),
        cmocka_unit_test_setup(locks_are_taken_in_their_order, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

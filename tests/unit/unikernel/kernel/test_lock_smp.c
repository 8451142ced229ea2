/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/lock.c -lpthread
/* Locks that several CPUs want at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <cmocka.h>

#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"

#define THREADS 4
#define ROUNDS  20000

_Thread_local struct thread *host_self;
_Thread_local uint64_t host_irq_flag;
char *host_memory;

void host_irqs_on(void) { }
void host_spin(void) { sched_yield(); }
void panic(const char *format, ...) { abort(); }

static struct spinlock lock;
static long sum;
static unsigned turn, turns[THREADS + 1];

static void *add(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        spin_lock(&lock);
        sum++;
        spin_unlock(&lock);
    }
    return NULL;
}

static void a_lock_excludes_all_others(void **state)
{
    pthread_t t[THREADS];

    /* Past the point where tickets start again from 0. */
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&t[i], NULL, add, NULL), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    assert_int_equal(sum, THREADS * ROUNDS);
    assert_int_equal(lock.serving, lock.next);
}

static void *take_turn(void *arg)
{
    spin_lock(&lock);
    turns[turn++] = (unsigned)(size_t)arg;
    spin_unlock(&lock);
    return NULL;
}

static void who_asks_first_is_served_first(void **state)
{
    uint16_t first = lock.next;
    pthread_t t[THREADS];

    turn = 0;
    spin_lock(&lock);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, take_turn, (void *)(size_t)i), 0);
        while (__atomic_load_n(&lock.next, __ATOMIC_RELAXED) != (uint16_t)(first + 2 + i)) {
            sched_yield();
        }
    }
    spin_unlock(&lock);
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    for (unsigned i = 0; i < THREADS; i++) assert_int_equal(turns[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_excludes_all_others),
        cmocka_unit_test(who_asks_first_is_served_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

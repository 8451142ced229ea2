/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/futex.c unikernel/posix/fs/futex.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c tests/unit/unikernel/fake/user.c
/* futex(2): which arguments mean what, and lists of robust locks, also damaged ones. What lies
 * behind the calls only notes that it was called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/futex.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define ROBUST_LIST 24

static struct thread self;
static uint64_t memory[64];         /* what the application has */
static uint32_t *const word = (uint32_t *)&memory[60];
static char called[64];
static uint64_t bits, deadline, woken;
static unsigned looks;

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    uint64_t from = (uint64_t)memory;

    looks++;
    if (at < from || at > from + sizeof(memory) || len > from + sizeof(memory) - at) return -EFAULT;
    return 0;
}

int clock_deadline_in(uint64_t address, uint64_t *deadline_ns)
{
    if (address == 1) return -EINVAL;
    *deadline_ns = address == 0 ? NEVER : 1000 + address;
    return 0;
}

int clock_deadline_at(uint64_t address, bool wall, uint64_t *deadline_ns)
{
    if (address == 1) return -EINVAL;
    *deadline_ns = address == 0 ? NEVER : (wall ? 2000 : 3000) + address;
    return 0;
}

void gate_wait_ended(void) { }

static void note(const char *what) { strcat(strcat(called, what), " "); }

int futex_wait(const uint32_t *at, uint32_t expected, uint32_t with, uint64_t until)
{
    note("wait");
    bits = with;
    deadline = until;
    return *at == expected ? 0 : -EAGAIN;
}

unsigned futex_wake(uint64_t key, unsigned count, uint32_t with)
{
    note("wake");
    woken = key;
    bits = with;
    return count;
}

unsigned futex_requeue(uint64_t from, unsigned wake, uint64_t to, unsigned move)
{
    note("requeue");
    return wake + move;
}

int pi_lock(uint32_t *at, bool try, uint64_t until)
{
    note(try ? "try" : "lock");
    deadline = until;
    return 0;
}

int pi_unlock(uint32_t *at)
{
    note("unlock");
    return 0;
}

static int setup(void **state)
{
    fake_cpus(1);
    fake_thread(&self, 123);
    host_self = &self;
    memset(memory, 0, sizeof(memory));
    called[0] = '\0';
    looks = 0;
    woken = 0;
    return 0;
}

static long call(long operation, long value, long timeout, long value3)
{
    called[0] = '\0';
    return sys_futex((long)word, operation, value, timeout, (long)&memory[50], value3);
}

static void each_operation_arrives(void **state)
{
    *word = 7;
    assert_int_equal(call(LINUX_FUTEX_WAIT, 7, 0, 0), 0);
    assert_string_equal(called, "wait ");
    assert_int_equal(bits, FUTEX_ANY);
    assert_true(deadline == NEVER);
    assert_int_equal(call(LINUX_FUTEX_WAIT, 8, 0, 0), -EAGAIN);
    assert_int_equal(call(LINUX_FUTEX_WAKE, 3, 0, 0), 3);
    assert_int_equal(woken, word);
    assert_int_equal(call(LINUX_FUTEX_WAKE_BITSET, 3, 0, 6), 3);
    assert_int_equal(bits, 6);
    assert_int_equal(call(LINUX_FUTEX_REQUEUE, 1, 2, 0), 3);
    assert_string_equal(called, "requeue ");
    assert_int_equal(call(LINUX_FUTEX_CMP_REQUEUE, 1, 2, 7), 3);
    assert_string_equal(called, "requeue ");
    assert_int_equal(call(LINUX_FUTEX_CMP_REQUEUE, 1, 2, 8), -EAGAIN);
    assert_string_equal(called, "");
    assert_int_equal(call(LINUX_FUTEX_LOCK_PI2, 0, 5, 0), 0);
    assert_int_equal(deadline, 3005);
    assert_int_equal(call(LINUX_FUTEX_LOCK_PI2 | LINUX_FUTEX_REALTIME, 0, 5, 0), 0);
    assert_int_equal(deadline, 2005);
    assert_int_equal(call(LINUX_FUTEX_LOCK_PI, 0, 5, 0), 0);
    assert_string_equal(called, "lock ");
    assert_int_equal(deadline, 2005);                   /* always the wall clock */
    assert_int_equal(call(LINUX_FUTEX_TRYLOCK_PI, 0, 5, 0), 0);
    assert_string_equal(called, "try ");
    assert_int_equal(call(LINUX_FUTEX_UNLOCK_PI, 0, 0, 0), 0);
    assert_string_equal(called, "unlock ");
}

static void deadlines_are_relative_only_for_plain_waits(void **state)
{
    assert_int_equal(call(LINUX_FUTEX_WAIT, 0, 5, 0), 0);
    assert_int_equal(deadline, 1005);
    assert_int_equal(call(LINUX_FUTEX_WAIT_BITSET, 0, 5, 1), 0);
    assert_int_equal(deadline, 3005);
    assert_int_equal(call(LINUX_FUTEX_WAIT_BITSET | LINUX_FUTEX_REALTIME, 0, 5, 1), 0);
    assert_int_equal(deadline, 2005);
}

static void what_is_wrong_is_refused_before_anything_happens(void **state)
{
    assert_int_equal(sys_futex((long)word + 1, LINUX_FUTEX_WAIT, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_futex(0, LINUX_FUTEX_WAKE, 1, 0, 0, 0), -EFAULT);
    assert_int_equal(call(LINUX_FUTEX_WAIT, 0, 1, 0), -EINVAL);         /* no time at all */
    assert_int_equal(call(LINUX_FUTEX_WAIT_BITSET, 0, 0, 0), -EINVAL);
    assert_int_equal(call(LINUX_FUTEX_WAKE_BITSET, 1, 0, 0), -EINVAL);
    assert_int_equal(call(LINUX_FUTEX_LOCK_PI, 0, 1, 0), -EINVAL);
    for (long operation = 0; operation < 128; operation++) {
        bool known = operation < 14 && (0x27fb >> operation & 1);

        if (!known) assert_int_equal(call(operation, 1, 0, 1), -ENOSYS);
        assert_string_equal(called, "");
    }
}

/* Entries are at memory[8 * n]; the words of their locks lie 2 behind. */
static uint64_t entry(unsigned n) { return (uint64_t)&memory[8 * n]; }
static uint32_t *lock_of(unsigned n) { return (uint32_t *)&memory[8 * n + 2]; }

static void list(unsigned n, uint64_t next, uint32_t owner)
{
    memory[8 * n] = next;
    *lock_of(n) = owner;
}

static void head(uint64_t first, uint64_t pending)
{
    memory[0] = first;
    memory[1] = 16;
    memory[2] = pending;
    assert_int_equal(sys_set_robust_list((long)memory, ROBUST_LIST, 0, 0, 0, 0), 0);
}

/* regression: uk 24 */
static void locks_of_a_thread_that_ends_are_marked(void **state)
{
    head(entry(1), entry(3));
    list(1, entry(2), self.id);
    list(2, (uint64_t)memory, self.id | PI_WAITERS);
    list(3, 0, self.id);                                /* was about to be linked */
    robust_exit(&self);
    assert_int_equal(*lock_of(1), PI_DIED);
    assert_int_equal(*lock_of(2), PI_DIED | PI_WAITERS);
    assert_int_equal(*lock_of(3), PI_DIED);
    assert_string_equal(called, "wake ");
    assert_int_equal(woken, lock_of(2));
}

static void locks_of_others_and_of_inheritance_are_left(void **state)
{
    head(entry(1), 0);
    list(1, entry(2) | 1, 77);
    list(2, (uint64_t)memory, self.id | PI_WAITERS);    /* pi_exit passes it on */
    robust_exit(&self);
    assert_int_equal(*lock_of(1), 77);
    assert_int_equal(*lock_of(2), self.id | PI_WAITERS);
    assert_string_equal(called, "");
}

static void a_damaged_list_ends(void **state)
{
    static const uint64_t wrong[] = { 0, 8, UINT64_MAX, UINT64_MAX - 7 };

    robust_exit(&self);                                 /* none at all */
    assert_int_equal(looks, 0);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        head(entry(1), wrong[i]);
        list(1, wrong[i], self.id);
        robust_exit(&self);
        assert_int_equal(*lock_of(1), PI_DIED);
    }
    head(entry(1), 0);
    list(1, entry(2), 77);
    list(2, entry(1), 77);                              /* for ever */
    looks = 0;
    robust_exit(&self);
    assert_in_range(looks, 2048, 8192);
    head(entry(1), 0);
    list(1, entry(2) + 2, self.id);
    robust_exit(&self);
    memory[1] = 3;                                      /* words that are not aligned */
    list(1, (uint64_t)memory, self.id);
    robust_exit(&self);
    assert_int_equal(*lock_of(1), self.id);
    self.robust = 16;
    robust_exit(&self);
}

static void only_lists_of_this_shape_are_taken_and_told(void **state)
{
    assert_int_equal(sys_set_robust_list((long)memory, ROBUST_LIST + 1, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_set_robust_list((long)memory + 4, ROBUST_LIST, 0, 0, 0, 0), -EINVAL);
    head(entry(1), 0);
    assert_int_equal(sys_get_robust_list(0, (long)&memory[40], (long)&memory[41], 0, 0, 0), 0);
    assert_int_equal(memory[40], memory);
    assert_int_equal(memory[41], ROBUST_LIST);
    assert_int_equal(sys_get_robust_list(1, (long)&memory[40], (long)&memory[41], 0, 0, 0), -EPERM);
    assert_int_equal(sys_get_robust_list(123, 0, (long)&memory[41], 0, 0, 0), -EFAULT);
    assert_int_equal(sys_get_robust_list(123, (long)&memory[40], 0, 0, 0, 0), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_operation_arrives, setup),
        cmocka_unit_test_setup(deadlines_are_relative_only_for_plain_waits, setup),
        cmocka_unit_test_setup(what_is_wrong_is_refused_before_anything_happens, setup),
        cmocka_unit_test_setup(locks_of_a_thread_that_ends_are_marked, setup),
        cmocka_unit_test_setup(locks_of_others_and_of_inheritance_are_left, setup),
        cmocka_unit_test_setup(a_damaged_list_ends, setup),
        cmocka_unit_test_setup(only_lists_of_this_shape_are_taken_and_told, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

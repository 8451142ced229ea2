/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/malloc/heap.c unikernel/malloc/share.c unikernel/kernel/futex.c
// sources: tests/unit/unikernel/fake/user.c @tests/unit/unikernel/fake/smp.c
/* The heap used by threads on several CPUs, its locks being futexes. Objects are also freed by
 * others than who had them made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/malloc/heap.h"
#include "unikernel/malloc/lock.h"
#include "unikernel/mm/space.h"

#define SPANS   10U
#define THREADS 6U
#define SHARED  400U
#define ROUNDS  20000U

static struct smp_thread threads[THREADS];
static unsigned char *shared[SHARED];   /* size in its first two bytes, then one value */
static unsigned discards, refusals;

void flush_local(uint64_t from, uint64_t end) { }
int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

void heap_wait(uint32_t *lock)
{
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
        MUST(futex_wait(lock, 2, FUTEX_ANY, NEVER) <= 0);
}

void heap_wake(uint32_t *lock) { (void)futex_wake((uint64_t)lock, 1, FUTEX_ANY); }

bool heap_commit(void *at, size_t len) { return true; }

void heap_discard(void *span, size_t len)
{
    memset(span, 0, len);
    (void)__atomic_fetch_add(&discards, 1, __ATOMIC_RELAXED);
}

bool heap_alone(void) { return false; }

static unsigned char *make(struct smp_thread *s)
{
    uint16_t bytes = (uint16_t)(smp_random(s, 4) == 0 ? 8000 : 3 + smp_random(s, 62));
    unsigned char *p = heap_alloc(bytes);

    if (p == NULL) {
        (void)__atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    MUST(heap_has(p));
    memcpy(p, &bytes, 2);
    memset(p + 2, bytes, bytes - 2U);
    return p;
}

static void end(unsigned char *p)
{
    uint16_t bytes;

    if (p == NULL) return;
    memcpy(&bytes, p, 2);
    MUST(heap_room(p) >= bytes);
    MUST(p[2] == (unsigned char)bytes && p[bytes - 1] == p[2]);
    MUST(heap_free(p) == HEAP_OK);
}

static void live(struct smp_thread *s)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned n = smp_random(s, SHARED);

        end(__atomic_exchange_n(&shared[n], smp_random(s, 2) ? make(s) : NULL, __ATOMIC_ACQ_REL));
        smp_work();
    }
}

static void objects_are_nobody_else_s_and_all_come_back(void **state)
{
    char *memory = aligned_alloc(SPAN_BYTES, SPANS * SPAN_BYTES);

    memset(memory, 0, SPANS * SPAN_BYTES);
    heap_init(memory, SPANS * SPAN_BYTES);
    for (unsigned i = 0; i < THREADS; i++) threads[i].fn = live;
    for (unsigned n = 1; n <= 4; n++) {
        smp_run(n, threads, THREADS);
        for (unsigned i = 0; i < SHARED; i++) {
            end(shared[i]);
            shared[i] = NULL;
        }
    }
    assert_true(discards > 0 && refusals > 0);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_nobody_else_s_and_all_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/malloc/heap.c unikernel/malloc/share.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "unikernel/malloc/heap.h"
#include "unikernel/malloc/lock.h"
#include "unikernel/malloc/quick.h"

#define SPANS   256U
#define LIVE    4000U

static char *memory;
static unsigned discarded, no_memory;
static bool alone;

void heap_wait(uint32_t *lock) { fail_msg("a lock is taken twice"); }
void heap_wake(uint32_t *lock) { fail_msg("nobody waits"); }

bool heap_commit(void *at, size_t len)
{
    for (size_t i = 0; i < len; i++) assert_int_equal(((char *)at)[i], 0);
    return no_memory == 0;
}

void heap_discard(void *span, size_t len)
{
    memset(span, 0, len);
    discarded++;
}

bool heap_alone(void) { return alone; }

/* As malloc and free do it, with how often it was quick. */
static unsigned quick;

static void *take(size_t bytes)
{
    void *p = heap_quick_alloc(bytes);

    quick += p != NULL;
    return p != NULL ? p : heap_alloc(bytes);
}

static enum heap_error give_back(void *p)
{
    bool done = heap_quick_free(p);

    quick += done;
    return done ? HEAP_OK : heap_free(p);
}

static int start(void **state)
{
    memory = aligned_alloc(SPAN_BYTES, SPANS * SPAN_BYTES);
    memset(memory, 0, SPANS * SPAN_BYTES);
    heap_init(memory, SPANS * SPAN_BYTES);
    return 0;
}

static int end(void **state)
{
    free(memory);
    return 0;
}

static void a_class_holds_what_it_is_asked_for(void **state)
{
    for (size_t bytes = 0; bytes <= SMALL_MAX; bytes++) {
        size_t c = class_of(bytes);

        assert_true(c < CLASSES);
        assert_true(class_size(c) >= bytes);
        assert_int_equal(class_size(c) % STEP, 0);
        assert_true(c <= 1 || class_size(c - 1) < bytes);
    }
    assert_int_equal(class_of(SMALL_MAX), CLASSES - 1);
}

/* regression: uk 18 */
static void wrong_pointers_are_told_of(size_t bytes)
{
    char *p = take(bytes), *q = take(bytes);
    char *span = (char *)((uintptr_t)p & ~(SPAN_BYTES - 1));
    size_t room = heap_room(p);
    unsigned given = 0;

    assert_true(heap_has(p));
    assert_int_equal(room, class_size(class_of(bytes)));
    assert_int_equal(q - p, room);
    for (size_t at = 0; at < SPAN_BYTES; at++) {
        size_t behind = (size_t)(span + at - q);       /* a batch of objects was made free together */
        bool free = span + at > q && behind % room == 0 && behind / room <= 14 && at + room <= SPAN_BYTES;

        if (heap_room(span + at) != 0) given++;
        else assert_int_equal(give_back(span + at), free ? HEAP_FREED_BEFORE : HEAP_NEVER_GIVEN);
    }
    assert_int_equal(given, 2);
    assert_int_equal(give_back(p), HEAP_OK);
    assert_int_equal(give_back(p), HEAP_FREED_BEFORE);
    assert_int_equal(heap_room(p), 0);
    assert_int_equal(give_back(q), HEAP_OK);
    assert_int_equal(give_back(q), HEAP_FREED_BEFORE);
    assert_int_equal(give_back(p), HEAP_FREED_BEFORE);
}

static void wrong_pointers_are_told(void **state)
{
    for (unsigned c = 1; c < CLASSES; c++) {
        alone = c % 2;
        heap_share();
        wrong_pointers_are_told_of(class_size(c));
    }
    assert_false(heap_has(memory - 1));
    assert_false(heap_has(memory + SPANS * SPAN_BYTES));
    assert_false(heap_quick_free(NULL));
    assert_false(heap_quick_free(memory + SPANS * SPAN_BYTES));
}

static void a_lone_thread_is_quick_until_it_shares(void **state)
{
    void *held, *p;

    alone = true;
    held = take(64);
    quick = 0;
    for (int i = 0; i < 10; i++) assert_int_equal(give_back(take(64)), HEAP_OK);
    assert_int_equal(quick, 20);
    p = take(64);
    alone = false;
    heap_share();
    quick = 0;
    assert_int_equal(give_back(p), HEAP_OK);
    assert_int_equal(give_back(take(64)), HEAP_OK);
    assert_int_equal(give_back(held), HEAP_OK);
    assert_int_equal(quick, 0);
}

/* Objects do not overlap, keep their content, and are all there again in the end. */
static void what_is_given_out_is_nobody_else_s(void **state)
{
    static struct {
        unsigned char *p;
        size_t bytes;
    } live[LIVE];
    unsigned spans_before = discarded;

    srand(1);
    for (unsigned round = 0; round < 200000; round++) {
        unsigned n = (unsigned)rand() % LIVE;

        if (round % 1000 == 0) {
            alone = !alone;
            heap_share();
        }
        if (live[n].p != NULL) {
            assert_int_equal(live[n].p[0], (unsigned char)n);
            assert_int_equal(live[n].p[live[n].bytes - 1], (unsigned char)n);
            assert_int_equal(give_back(live[n].p), HEAP_OK);
            live[n].p = NULL;
        } else {
            live[n].bytes = 1 + (unsigned)rand() % (rand() % 8 == 0 ? SMALL_MAX : 256);
            live[n].p = take(live[n].bytes);
            if (live[n].p == NULL) continue;
            assert_int_equal((uintptr_t)live[n].p % 16, 0);
            memset(live[n].p, (int)n, live[n].bytes);
        }
    }
    for (unsigned n = 0; n < LIVE; n++) {
        if (live[n].p != NULL) assert_int_equal(give_back(live[n].p), HEAP_OK);
    }
    assert_true(discarded > spans_before);
}

static void at_the_end_of_the_heap_there_is_nothing_until_something_comes_back(void **state)
{
    static void *p[SPANS * 8];
    unsigned n = 0;

    while (n < SPANS * 8 && (p[n] = take(SMALL_MAX)) != NULL) n++;
    /* seven of them lie in a span, and each other class keeps at most one */
    assert_in_range(n, (SPANS - CLASSES) * 7, SPANS * 7);
    assert_null(take(SMALL_MAX));
    assert_int_equal(give_back(p[0]), HEAP_OK);
    assert_ptr_equal(take(SMALL_MAX), p[0]);
    while (n > 0) assert_int_equal(give_back(p[--n]), HEAP_OK);
    while (n < (SPANS - CLASSES) * 7) {         /* another class has them now */
        p[n] = take(4096);
        assert_non_null(p[n++]);
    }
    while (n > 0) assert_int_equal(give_back(p[--n]), HEAP_OK);
}

static void without_memory_there_is_no_new_span_and_nothing_is_lost(void **state)
{
    static void *p[SPANS * 8];
    unsigned n = 0;

    while (n < 100) assert_non_null(p[n++] = take(SMALL_MAX));
    no_memory = 1;
    while ((p[n] = take(SMALL_MAX)) != NULL) n++;
    assert_in_range(n, 100, 107);
    while (n > 0) assert_int_equal(give_back(p[--n]), HEAP_OK);
    assert_non_null(p[n++] = take(SMALL_MAX));          /* the last span has stayed */
    no_memory = 0;
    while (n < (SPANS - CLASSES) * 7) assert_non_null(p[n++] = take(SMALL_MAX));
    while (n > 0) assert_int_equal(give_back(p[--n]), HEAP_OK);
}

/* The span may be gone by then. */
static void a_pointer_into_a_span_given_up_is_told(void **state)
{
    char *p[40];
    unsigned before = discarded;

    for (unsigned i = 0; i < 40; i++) p[i] = take(SMALL_MAX);
    for (unsigned i = 0; i < 40; i++) assert_int_equal(give_back(p[i]), HEAP_OK);
    assert_true(discarded > before);
    for (unsigned i = 0; i < 40; i++) {
        assert_true(give_back(p[i]) != HEAP_OK);
        assert_int_equal(heap_room(p[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_holds_what_it_is_asked_for),
        cmocka_unit_test(wrong_pointers_are_told),
        cmocka_unit_test(a_lone_thread_is_quick_until_it_shares),
        cmocka_unit_test(what_is_given_out_is_nobody_else_s),
        cmocka_unit_test(at_the_end_of_the_heap_there_is_nothing_until_something_comes_back),
        cmocka_unit_test(without_memory_there_is_no_new_span_and_nothing_is_lost),
        cmocka_unit_test(a_pointer_into_a_span_given_up_is_told),
    };

    return cmocka_run_group_tests(tests, start, end);
}

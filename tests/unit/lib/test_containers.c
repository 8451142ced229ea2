/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/state.c
/* Rings, queues, lists, bitmaps and saved-state records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/bitmap.h"
#include "lib/err.h"
#include "lib/list.h"
#include "lib/ring.h"
#include "lib/state.h"

static void a_reader_in_time_misses_nothing(void **state)
{
    uint8_t buf[16], out[16];
    struct text_ring r = { .buf = buf, .size = sizeof(buf) };
    uint64_t cursor = 0, lost, number = 0;

    for (uint32_t round = 0; round < 100; round++) {
        uint32_t n = round % 16, got;

        for (uint32_t i = 0; i < n; i++) text_ring_put(&r, (uint8_t)(number + i));
        got = text_ring_read(&r, &cursor, out, sizeof(out), &lost);
        assert_int_equal(got, n);
        assert_int_equal(lost, 0);
        for (uint32_t i = 0; i < n; i++) assert_int_equal(out[i], (uint8_t)(number + i));
        number += n;
        assert_int_equal(cursor, number);
    }
}

static void a_late_reader_learns_what_it_missed(void **state)
{
    uint8_t buf[16], out[16];
    struct text_ring r = { .buf = buf, .size = sizeof(buf) };
    uint64_t cursor = 3, lost;

    for (uint32_t i = 0; i < 40; i++) text_ring_put(&r, (uint8_t)i);
    assert_int_equal(text_ring_oldest(&r), 24);
    assert_int_equal(text_ring_read(&r, &cursor, out, 5, &lost), 5);
    assert_int_equal(lost, 21);
    assert_int_equal(out[0], 24);
    assert_int_equal(cursor, 29);
    assert_int_equal(text_ring_read(&r, &cursor, out, 16, &lost), 11);
    assert_int_equal(lost, 0);
    assert_int_equal(text_ring_read(&r, &cursor, out, 16, &lost), 0);
    cursor = 1000;                                              /* from a former life: starts over */
    assert_int_equal(text_ring_read(&r, &cursor, out, 16, &lost), 16);
    assert_int_equal(lost, 0);
    cursor = UINT64_MAX;
    assert_int_equal(text_ring_read(&r, &cursor, out, 0, &lost), 0);
    assert_int_equal(cursor, 24);
}

static void a_queue_keeps_order_and_refuses_when_full(void **state)
{
    uint8_t buf[8], c;
    struct byte_fifo f = { .buf = buf, .size = sizeof(buf), .head = UINT32_MAX - 3, .tail = UINT32_MAX - 3 };
    uint32_t in = 0, out = 0;

    for (uint32_t round = 0; round < 50; round++) {
        while (fifo_put(&f, (uint8_t)in)) in++;
        assert_int_equal(fifo_used(&f), 8);
        assert_int_equal(fifo_space(&f), 0);
        for (uint32_t i = 0; i < 1 + round % 8; i++) {
            assert_true(fifo_get(&f, &c));
            assert_int_equal(c, (uint8_t)out++);
        }
    }
    while (fifo_get(&f, &c)) assert_int_equal(c, (uint8_t)out++);
    assert_int_equal(in, out);
    assert_int_equal(fifo_used(&f), 0);
}

struct item {
    struct list node;
    int value;
};

static void lists_keep_order_and_forgive_removing_twice(void **state)
{
    struct list l = LIST_INIT(l);
    struct item it[5];
    int sum = 0;

    assert_true(list_is_empty(&l));
    assert_null(list_pop_front(&l));
    for (int i = 0; i < 5; i++) {
        list_init(&it[i].node);
        it[i].value = i;
        assert_false(list_is_linked(&it[i].node));
        if (i % 2 == 0) list_push_back(&l, &it[i].node);
        else list_push_front(&l, &it[i].node);
    }
    list_for_each(n, &l) sum = sum * 10 + list_item(n, struct item, node)->value;
    assert_int_equal(sum, 31024);
    list_remove(&it[0].node);
    list_remove(&it[0].node);
    assert_false(list_is_linked(&it[0].node));
    list_insert_before(&it[2].node, &it[0].node);
    sum = 0;
    list_for_each_safe(n, &l) {
        sum = sum * 10 + list_item(n, struct item, node)->value;
        list_remove(n);
    }
    assert_int_equal(sum, 31024);
    assert_true(list_is_empty(&l));
    list_push_back(&l, &it[4].node);
    assert_ptr_equal(list_pop_front(&l), &it[4].node);
    assert_true(list_is_empty(&l));
}

static void bits_are_found_set_and_cleared_singly(void **state)
{
    uint64_t b[BITMAP_WORDS(130)] = { 0 };

    assert_int_equal(sizeof(b), 24);
    for (uint32_t i = 0; i < 130; i++) {
        assert_int_equal(bitmap_first_clear(b, 130), i);
        assert_false(bitmap_test(b, i));
        bitmap_set(b, i);
        assert_true(bitmap_test(b, i));
    }
    assert_int_equal(bitmap_first_clear(b, 130), 130);
    for (uint32_t i = 130; i-- > 0;) {
        bitmap_clear(b, i);
        assert_int_equal(bitmap_first_clear(b, 130), i);
    }
    assert_int_equal(b[0] | b[1] | b[2], 0);
}

static void records_come_back_in_order(void **state)
{
    uint8_t bytes[64];
    struct state_writer w = { .at = bytes, .size = sizeof(bytes) };
    struct state_reader r = { .at = bytes, .size = sizeof(bytes) };
    uint32_t a = 0x12345678, b[3] = { 1, 2, 3 }, x, y[3];

    memset(bytes, 0xee, sizeof(bytes));
    assert_int_equal(state_put(&w, 7, 1, &a, sizeof(a)), 0);
    assert_int_equal(w.used, 16);
    assert_int_equal(bytes[12] | bytes[15], 0);                 /* padding is zero */
    assert_int_equal(state_put(&w, 8, 2, b, sizeof(b)), 0);
    r.size = w.used;
    assert_int_equal(state_get(&r, 8, 2, y, sizeof(y)), -EPROTO);
    assert_int_equal(state_get(&r, 7, 2, &x, sizeof(x)), -EPROTO);
    assert_int_equal(state_get(&r, 7, 1, &x, 3), -EPROTO);
    assert_int_equal(r.used, 0);
    assert_int_equal(state_get(&r, 7, 1, &x, sizeof(x)), 0);
    assert_int_equal(x, a);
    assert_int_equal(state_get(&r, 8, 2, y, sizeof(y)), 0);
    assert_memory_equal(b, y, sizeof(b));
    assert_int_equal(state_get(&r, 8, 2, y, sizeof(y)), -EPROTO);
}

static void a_full_or_cut_stream_is_refused_whole(void **state)
{
    uint32_t a[3] = { 1, 2, 3 }, x[3] = { 9, 9, 9 };

    for (size_t size = 0; size < 40; size++) {
        uint8_t *bytes = malloc(size + 1);
        struct state_writer w = { .at = bytes, .size = size };
        int err = state_put(&w, 1, 1, a, sizeof(a));

        assert_int_equal(err, size < 24 ? -ENOSPC : 0);
        assert_int_equal(w.used, err == 0 ? 24 : 0);
        for (size_t cut = 0; err == 0 && cut < 24; cut++) {
            uint8_t *piece = malloc(cut + 1);
            struct state_reader r = { .at = piece, .size = cut };

            memcpy(piece, bytes, cut);
            assert_int_equal(state_get(&r, 1, 1, x, sizeof(x)), -EPROTO);
            assert_int_equal(r.used, 0);
            assert_int_equal(x[0], 9);
            free(piece);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_in_time_misses_nothing), cmocka_unit_test(a_late_reader_learns_what_it_missed),
        cmocka_unit_test(a_queue_keeps_order_and_refuses_when_full),
        cmocka_unit_test(lists_keep_order_and_forgive_removing_twice), cmocka_unit_test(bits_are_found_set_and_cleared_singly),
        cmocka_unit_test(records_come_back_in_order), cmocka_unit_test(a_full_or_cut_stream_is_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

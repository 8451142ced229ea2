/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/ranges.c
/* Ranges against a map with one byte per address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/err.h"
#include "lib/ranges.h"

#define SPACE 512u

static uint8_t map[SPACE];
static uint32_t seed;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void check_against_map(const struct ranges *r)
{
    uint64_t sum = 0;
    uint32_t i = 0, runs = 0;

    for (uint32_t at = 0; at < SPACE; at++) {
        sum += map[at];
        assert_int_equal(ranges_contain(r, at, at + 1), map[at]);
        if (map[at] && (at == 0 || !map[at - 1])) {
            assert_true(i < r->count);
            assert_int_equal(r->at[i].base, at);
            runs++;
        }
        if (map[at] && (at == SPACE - 1 || !map[at + 1])) assert_int_equal(r->at[i++].end, at + 1);
    }
    assert_int_equal(r->count, runs);               /* merged, sorted, none empty */
    assert_int_equal(ranges_total(r), sum);
}

static void adding_and_removing_agree_with_a_map(void **state)
{
    uint32_t full = 0;

    for (seed = 1; seed < 40; seed++) {
        struct ranges r = { 0 };
        uint32_t kept = seed;

        memset(map, 0, sizeof(map));
        for (uint32_t round = 0; round < 400; round++) {
            uint32_t base = any(SPACE), len = any(1 + any(12)), add = any(5) < 3;
            struct ranges was = r;
            int err;

            if (base + len > SPACE) len = SPACE - base;
            err = add ? ranges_add(&r, base, base + len) : ranges_remove(&r, base, base + len);
            if (err != 0) {
                assert_int_equal(err, -ENOSPC);
                assert_int_equal(was.count, RANGES_MAX);
                assert_memory_equal(&was, &r, sizeof(r));
                full++;
            } else {
                memset(map + base, (int)add, len);
            }
            check_against_map(&r);
        }
        seed = kept;
    }
    assert_true(full > 10);
}

static void pieces_are_found_from_both_ends(void **state)
{
    struct ranges r = { 0 };

    memset(map, 0, sizeof(map));
    seed = 77;
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t base = any(SPACE - 20);

        if (ranges_add(&r, base, base + 1 + any(19)) != 0) fail();
    }
    for (uint64_t len = 1; len < 64; len++) {
        for (uint64_t align = 1; align <= 32; align *= 2) {
            uint64_t high = 999, low = 999, want_high = 999, want_low = 999;
            int err;

            for (uint64_t at = 0; at + len <= SPACE; at += align) {
                if (!ranges_contain(&r, at, at + len)) continue;
                want_high = at;
                if (want_low == 999) want_low = at;
            }
            err = ranges_find_highest(&r, len, align, &high);
            assert_int_equal(err, want_high == 999 ? -ENOMEM : 0);
            assert_int_equal(high, want_high);
            err = ranges_find_lowest(&r, len, align, &low);
            assert_int_equal(err, want_low == 999 ? -ENOMEM : 0);
            assert_int_equal(low, want_low);
        }
    }
}

static void empty_and_reversed_ranges_change_nothing(void **state)
{
    struct ranges r = { 1, { { 10, 20 } } };

    assert_int_equal(ranges_add(&r, 5, 4), -EINVAL);
    assert_int_equal(ranges_remove(&r, 15, 12), -EINVAL);
    assert_int_equal(ranges_add(&r, 40, 40), 0);
    assert_int_equal(ranges_remove(&r, 15, 15), 0);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.at[0].end, 20);
    assert_false(ranges_contain(&r, 18, 12));
}

static void the_end_of_the_address_space_is_an_address(void **state)
{
    struct ranges r = { 0 };
    uint64_t at;

    assert_int_equal(ranges_add(&r, UINT64_MAX - 4096, UINT64_MAX), 0);
    assert_int_equal(ranges_find_lowest(&r, 1, 1 << 20, &at), -ENOMEM);
    assert_int_equal(ranges_find_highest(&r, UINT64_MAX, 1, &at), -ENOMEM);
    assert_int_equal(ranges_remove(&r, 0, UINT64_MAX), 0);
    assert_int_equal(r.count, 0);
}

static void a_cut_gives_the_smallest_up_where_a_split_does_not_fit(void **state)
{
    struct ranges r = { 0 };

    for (uint64_t i = 0; i < RANGES_MAX; i++) assert_int_equal(ranges_add(&r, i * 1000, i * 1000 + 100 + i), 0);
    assert_int_equal(ranges_remove(&r, 5050, 5060), -ENOSPC);
    ranges_cut(&r, 5050, 5060);
    assert_int_equal(r.count, RANGES_MAX);
    assert_false(ranges_contain(&r, 0, 100));
    assert_true(ranges_contain(&r, 1000, 1101));
    assert_true(ranges_contain(&r, 5000, 5050));
    assert_true(ranges_contain(&r, 5060, 5105));
    assert_false(ranges_contain(&r, 5050, 5060));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_and_removing_agree_with_a_map), cmocka_unit_test(pieces_are_found_from_both_ends),
        cmocka_unit_test(empty_and_reversed_ranges_change_nothing),
        cmocka_unit_test(a_cut_gives_the_smallest_up_where_a_split_does_not_fit),
        cmocka_unit_test(the_end_of_the_address_space_is_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

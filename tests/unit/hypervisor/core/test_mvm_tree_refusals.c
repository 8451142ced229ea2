/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/mvm_tree.c hypervisor/core/mvm_tree_edit.c
// sources: hypervisor/core/mvm_tree_new.c lib/fdt_writer.c lib/fdt_cursor.c
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c
// sources: hypervisor/core/platform_device.c lib/ranges.c tests/unit/hypervisor/fake/tree.c libfdt
/* Trees from which the management VM's cannot be made. */
#include "tests/unit/hypervisor/core/mvm_tree_try.h"

static void any_room_that_is_too_small_is_refused_and_not_overrun(void **state)
{
    struct tree from = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct mvm_tree_params p = usual();
    struct tree whole = build(&from, &p);

    for (uint32_t room = 0; room <= whole.len; room++) {
        void *out = malloc(room == 0 ? 1
                                     : room); /* exact: AddressSanitizer sees one byte too many */
        const char *why = NULL;
        uint32_t bytes;
        int got = mvm_tree_build(out, room, from.fdt, &p, &bytes, &why);

        assert_int_equal(got, room < whole.len ? -ENOSPC : 0);
        assert_true(got == 0 || why != NULL);
        free(out);
    }
    tree_free(&whole);
    tree_free(&from);
}

static void damaged_trees_lead_to_an_answer(void **state)
{
    struct tree whole = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct mvm_tree_params p = usual();
    uint32_t seed = 11, survived = 0;

    for (uint32_t round = 0; round < 20000; round++) {
        struct tree t = { malloc(whole.len), whole.len };
        void *out = malloc(ROOM);
        uint32_t flips = 1 + tree_random(&seed) % 4, bytes;
        const char *why = NULL;
        int got;

        memcpy(t.fdt, whole.fdt, whole.len);
        while (flips-- > 0)
            ((uint8_t *)t.fdt)[8 + tree_random(&seed) % (uint32_t)(whole.len - 8)] ^=
                (uint8_t)(1u << tree_random(&seed) % 8);
        got = mvm_tree_build(out, ROOM, t.fdt, &p, &bytes, &why);
        assert_true(got == 0 || ((got == -EINVAL || got == -ENOSPC) && why != NULL));
        if (got == 0) {
            survived++;
            assert_int_equal(fdt_check_header(out), 0);
            assert_int_equal(fdt_totalsize(out), bytes);
        }
        free(out);
        tree_free(&t);
    }
    assert_true(survived > 1000);
    tree_free(&whole);
}

static void addresses_too_wide_for_the_roots_cells_are_refused(void **state)
{
    static const struct ranges high = { .count = 1, .at = { { 0x100000000, 0x240000000 } } };
    struct tree from = tree_from_dts(FIXTURES
                                     "soc-gic400.dts"); /* two address cells, one size cell */
    struct mvm_tree_params p = usual();
    uint8_t *out = malloc(ROOM);
    const char *why = NULL;
    uint32_t bytes;

    p.ram = &high;
    assert_int_equal(mvm_tree_build(out, ROOM, from.fdt, &p, &bytes, &why), -EINVAL);
    assert_non_null(strstr(why, "cells"));
    free(out);
    tree_free(&from);
}

static void what_cannot_be_described_is_refused(void **state)
{
    static const struct ranges nothing = { 0 };
    struct ranges even = { 0 }, odd = { 0 };
    struct tree from = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct tree deep = tree_editable(&from, 1024);
    struct mvm_tree_params p = usual();
    uint8_t *out = malloc(ROOM);
    const char *why = NULL;
    uint32_t bytes;
    int node = 0;

    p.ram = &nothing;
    p.pool = &nothing;
    assert_int_equal(mvm_tree_build(out, ROOM, from.fdt, &p, &bytes, &why), -EINVAL);
    assert_non_null(strstr(why, "no memory"));

    for (uint64_t i = 0; i < RANGES_MAX; i++) {
        assert_int_equal(ranges_add(&even, i << 24, (i << 24) + 0x1000), 0);
        assert_int_equal(ranges_add(&odd, (i << 24) + 0x800000, (i << 24) + 0x801000), 0);
    }
    p.ram = &even;
    p.pool = &odd;
    assert_int_equal(mvm_tree_build(out, ROOM, from.fdt, &p, &bytes, &why), -EINVAL);
    assert_non_null(strstr(why, "pieces"));

    p = usual();
    for (int i = 0; i < 16; i++) assert_true((node = fdt_add_subnode(deep.fdt, node, "n")) > 0);
    assert_int_equal(mvm_tree_build(out, ROOM, deep.fdt, &p, &bytes, &why), -EINVAL);
    assert_non_null(strstr(why, "deeper"));
    free(out);
    tree_free(&deep);
    tree_free(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_room_that_is_too_small_is_refused_and_not_overrun),
        cmocka_unit_test(damaged_trees_lead_to_an_answer),
        cmocka_unit_test(what_cannot_be_described_is_refused),
        cmocka_unit_test(addresses_too_wide_for_the_roots_cells_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

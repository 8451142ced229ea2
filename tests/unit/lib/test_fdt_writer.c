/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/fdt_writer.c lib/fdt_cursor.c
/* A tree beside the one it is copied from. What becomes of whole trees: test_mvm_tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/err.h"
#include "lib/fdt_writer.h"

static const char names[] = "first\0first,second\0third";
static const struct fdt_cursor empty = { .strings = "", .strings_len = 1 };

static int write_one(const char *name, uint8_t *out, uint32_t room, uint32_t *bytes)
{
    struct fdt_writer w;

    fdt_writer_begin(&w, out, room, &empty, names, sizeof(names));
    fdt_writer_node(&w, "");
    fdt_writer_prop_cells(&w, name, UINT64_C(0x1122334455667788), 2);
    fdt_writer_prop_text(&w, name, "text");
    fdt_writer_node_end(&w);
    return fdt_writer_finish(&w, bytes);
}

static void a_new_property_is_found_by_its_name(void **state)
{
    static const char *const each[] = { "first", "first,second", "third" };
    _Alignas(8) uint8_t out[256];
    struct fdt_cursor c;
    struct fdt_token t;
    const char *why;
    uint32_t bytes;

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(write_one(each[i], out, sizeof(out), &bytes), 0);
        assert_int_equal(fdt_cursor_open(&c, out, bytes, &why), 0);
        assert_int_equal(fdt_cursor_next(&c, &t), FDT_TAG_NODE);
        assert_int_equal(fdt_cursor_next(&c, &t), FDT_TAG_PROP);
        assert_string_equal(t.name, each[i]);
        assert_int_equal(t.len, 8);
        assert_int_equal(fdt_cells2(t.data), UINT64_C(0x1122334455667788));
        assert_int_equal(fdt_cursor_next(&c, &t), FDT_TAG_PROP);
        assert_string_equal(fdt_token_text(&t), "text");
        assert_int_equal(fdt_cursor_next(&c, &t), FDT_TAG_NODE_END);
        assert_int_equal(fdt_cursor_next(&c, &t), FDT_TAG_END);
    }
}

static void without_its_name_or_room_no_tree_comes_about(void **state)
{
    _Alignas(8) uint8_t out[256];
    uint32_t bytes, fits;

    assert_int_equal(write_one("second", out, sizeof(out), &bytes), -ENOSPC);
    assert_int_equal(write_one("third", out, sizeof(out), &fits), 0);
    for (uint32_t room = 0; room < fits; room++) assert_int_equal(write_one("third", out, room, &bytes), -ENOSPC);
    assert_int_equal(write_one("third", out, fits, &bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_property_is_found_by_its_name),
        cmocka_unit_test(without_its_name_or_room_no_tree_comes_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

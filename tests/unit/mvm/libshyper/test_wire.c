/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/wire.c -ljansson
/* Structures and texts through the daemon's protocol and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/wire.h"

/* Every byte of a structure belongs to a field, so that none is forgotten when one is added. */
static void every_structure_arrives_byte_for_byte(void **state)
{
    for (const struct wire_op *op = wire_ops; op->name != NULL; op++) {
        uint8_t *from, *to;
        json_t *json;

        if (op->data == NULL) { continue; }
        from = calloc(1, op->data->bytes);
        to = calloc(1, op->data->bytes);
        for (size_t i = 0; i < op->data->bytes; i++) { from[i] = (uint8_t)(0x81 + i % 0x7e); }
        for (const struct wire_field *f = op->data->fields; f->name != NULL; f++) {
            if (f->size == 1) { from[f->at + f->count - 1] = 0; }
        }
        json = wire_from_struct(op->data, from);
        assert_true(wire_to_struct(op->data, json, to));
        assert_memory_equal(from, to, op->data->bytes);
        json_decref(json);
        free(from);
        free(to);
    }
}

static void every_byte_of_a_text_arrives(void **state)
{
    char from[256], to[256];
    json_t *json;

    for (unsigned i = 0; i < sizeof(from); i++) { from[i] = (char)i; }
    json = wire_from_text(from, sizeof(from));
    assert_int_equal(wire_to_text(json, to, sizeof(to)), sizeof(from));
    assert_memory_equal(from, to, sizeof(from));
    assert_int_equal(wire_to_text(json, to, sizeof(to) - 1), -1);
    json_decref(json);
}

static void a_text_of_other_characters_is_refused(void **state)
{
    char to[16];
    json_t *json = json_string("\xc4\x80"), *number = json_integer(1);

    assert_int_equal(wire_to_text(json, to, sizeof(to)), -1);
    assert_int_equal(wire_to_text(number, to, sizeof(to)), -1);
    assert_int_equal(wire_to_text(NULL, to, sizeof(to)), -1);
    json_decref(json);
    json_decref(number);
}

static void what_is_missing_or_does_not_fit_is_refused(void **state)
{
    const struct wire_struct *type = wire_op_named("kept")->data;
    struct shyper_kept kept = { .images = 1 };
    json_t *json = wire_from_struct(type, &kept);

    assert_true(wire_to_struct(type, json, &kept));
    json_object_set_new(json, "images", json_integer(INT64_C(1) << 32));
    assert_false(wire_to_struct(type, json, &kept));
    json_object_set_new(json, "images", json_string("1"));
    assert_false(wire_to_struct(type, json, &kept));
    json_object_del(json, "images");
    assert_false(wire_to_struct(type, json, &kept));
    json_decref(json);
}

static void operations_are_found_by_name_and_by_ioctl(void **state)
{
    assert_null(wire_op_named("nonsense"));
    assert_null(wire_op_of_ioctl(0));
    assert_null(wire_op_of_ioctl(SHYPER_IOC_RUN));
    for (const struct wire_op *op = wire_ops; op->name != NULL; op++) {
        assert_ptr_equal(wire_op_named(op->name), op);
        if (op->ioctl != 0) { assert_ptr_equal(wire_op_of_ioctl(op->ioctl), op); }
    }
}

static unsigned allocations, fail_at;

static void *allocate(size_t bytes)
{
    return ++allocations == fail_at ? NULL : malloc(bytes);
}

static void without_memory_there_is_no_answer_and_no_leak(void **state)
{
    struct shyper_vm_stat stat = { .size = sizeof(stat) };
    json_t *json = NULL;

    json_set_alloc_funcs(allocate, free);
    for (fail_at = 1; json == NULL; fail_at++) {
        allocations = 0;
        json = wire_from_struct(wire_op_named("stat")->data, &stat);
        assert_true((json == NULL) == (allocations >= fail_at));
    }
    assert_true(fail_at > 20);
    fail_at = 0;
    json_decref(json);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_structure_arrives_byte_for_byte),
        cmocka_unit_test(every_byte_of_a_text_arrives),
        cmocka_unit_test(a_text_of_other_characters_is_refused),
        cmocka_unit_test(what_is_missing_or_does_not_fit_is_refused),
        cmocka_unit_test(without_memory_there_is_no_answer_and_no_leak),
        cmocka_unit_test(operations_are_found_by_name_and_by_ioctl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

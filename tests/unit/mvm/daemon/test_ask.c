/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/ask.c mvm/libshyper/wire.c -ljansson
/* Requests to the daemon: what is taken, and each refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/daemon/ask.h"

static const int files[WIRE_FILES_MAX] = { 10, 11, 12, 13, 14, 15, 16, 17 };
static struct ask ask;
static char why[ASK_WHY_BYTES];

static bool decodes(const char *line, unsigned file_count)
{
    why[0] = 0;
    return ask_decode(line, strlen(line), files, file_count, &ask, why);
}

static void every_operation_without_arguments_is_taken(void **state)
{
    for (const struct wire_op *op = wire_ops; op->name != NULL; op++) {
        char line[64];

        snprintf(line, sizeof(line), "{\"op\": \"%s\"}", op->name);
        assert_int_equal(decodes(line, 0), op->shape == WIRE_PLAIN || op->shape == WIRE_STRUCT);
        snprintf(line, sizeof(line), "{\"op\": \"%s\", \"colour\": 1}", op->name);
        assert_false(decodes(line, 0));
    }
}

static void arguments_arrive(void **state)
{
    assert_true(decodes("{\"op\": \"open\", \"id\": 4294967295}", 0));
    assert_int_equal(ask.number, UINT32_MAX);
    assert_true(decodes("{\"op\": \"log-level\", \"level\": 3}", 0));
    assert_int_equal(ask.number, 3);
    assert_true(decodes("{\"bytes\": 8192, \"op\": \"console-read\", \"cursor\": -1}", 0));
    assert_int_equal(ask.cursor, UINT64_MAX);
    assert_int_equal(ask.bytes, 8192);
    assert_true(decodes("{\"op\": \"console-write\", \"text\": \"a\\u0000\\u00ff\"}", 0));
    assert_int_equal(ask.typed_bytes, 3);
    assert_memory_equal(ask.typed, "a\0\xff", 3);
}

static void a_config_has_its_files(void **state)
{
    assert_true(decodes("{\"op\": \"config\", \"name\": \"vm\", \"profile\": \"/x.json\", \"images\": "
                        "[{\"ipa\": 4096, \"bytes\": 7}, {\"bytes\": 8, \"ipa\": 1073741824}]}", 3));
    assert_string_equal(ask.config.name, "vm");
    assert_string_equal(ask.config.profile, "/x.json");
    assert_int_equal(ask.config.blob, 10);
    assert_int_equal(ask.config.count, 2);
    assert_int_equal(ask.config.image[1].fd, 12);
    assert_int_equal(ask.config.image[1].ipa, 0x40000000);
    assert_int_equal(ask.config.image[1].bytes, 8);
}

static void what_is_wrong_is_refused_by_name(void **state)
{
#define CONFIG(name, profile, images) \
    "{\"op\": \"config\", \"name\": " name ", \"profile\": " profile ", \"images\": " images "}"
#define IMAGE "{\"ipa\": 0, \"bytes\": 1}"
    static const struct {
        const char *line, *why;
        unsigned files;
    } cases[] = {
        { "", "no JSON", 0 },
        { "{", "no JSON", 0 },
        { "\xff", "no JSON", 0 },
        { "{\"op\": \"info\"} x", "no JSON", 0 },
        { "{\"op\": \"info\", \"op\": \"stop\"}", "no JSON", 0 },
        { "[]", "object with \"op\"", 0 },
        { "{}", "object with \"op\"", 0 },
        { "{\"op\": 1}", "object with \"op\"", 0 },
        { "{\"op\": \"format\"}", "unknown: format", 0 },
        { "{\"op\": \"info\", \"id\": 1}", "unknown members", 0 },
        { "{\"op\": \"info\"}", "files came along", 1 },
        { "{\"op\": \"open\"}", "\"id\" has to be a number", 0 },
        { "{\"op\": \"open\", \"id\": \"1\"}", "\"id\" has to be a number", 0 },
        { "{\"op\": \"open\", \"id\": 1.5}", "\"id\" has to be a number", 0 },
        { "{\"op\": \"open\", \"id\": 4294967296}", "\"id\" is too large", 0 },
        { "{\"op\": \"open\", \"id\": -1}", "\"id\" is too large", 0 },
        { "{\"op\": \"log-level\"}", "\"level\" has to be a number", 0 },
        { "{\"op\": \"log-level\", \"level\": \"debug\"}", "\"level\" has to be a number", 0 },
        { "{\"op\": \"log-level\", \"level\": 4294967299}", "\"level\" is too large", 0 },
        { "{\"op\": \"log-level\", \"id\": 3}", "\"level\" has to be a number", 0 },
        { "{\"op\": \"log\", \"bytes\": 1}", "\"cursor\"", 0 },
        { "{\"op\": \"log\", \"cursor\": 1}", "\"bytes\"", 0 },
        { "{\"op\": \"log\", \"cursor\": 1, \"bytes\": 8193}", "\"bytes\" is too large", 0 },
        { "{\"op\": \"console-write\"}", "\"text\" has to be a text", 0 },
        { "{\"op\": \"console-write\", \"text\": 1}", "\"text\" has to be a text", 0 },
        { "{\"op\": \"console-write\", \"text\": \"\\u0100\"}", "\"text\" has to be a text", 0 },
        { CONFIG("1", "\"p\"", "[]"), "\"name\"", 1 },
        { CONFIG("\"\"", "\"p\"", "[]"), "\"name\" is empty", 1 },
        { CONFIG("\"a\\u0000\"", "\"p\"", "[]"), "\"name\" is empty or holds a zero", 1 },
        { CONFIG("\"a-name-of-thirty-two-characters-\"", "\"p\"", "[]"), "at most 31", 1 },
        { CONFIG("\"a\"", "\"\"", "[]"), "\"profile\" is empty", 1 },
        { CONFIG("\"a\"", "\"p\"", "{}"), "\"images\" has to be a list", 1 },
        { CONFIG("\"a\"", "\"p\"", "[1, 2, 3, 4, 5]"), "\"images\" has to be a list", 6 },
        { CONFIG("\"a\"", "\"p\"", "[]"), "0 files came along where there have to be 1", 0 },
        { CONFIG("\"a\"", "\"p\"", "[" IMAGE "]"), "1 files came along", 1 },
        { CONFIG("\"a\"", "\"p\"", "[" IMAGE "]"), "3 files came along", 3 },
        { CONFIG("\"a\"", "\"p\"", "[1]"), "\"ipa\" has to be a number", 2 },
        { CONFIG("\"a\"", "\"p\"", "[{\"ipa\": 1}]"), "\"bytes\" has to be a number", 2 },
        { CONFIG("\"a\"", "\"p\"", "[{\"ipa\": 1, \"bytes\": 1, \"x\": 1}]"), "unknown members", 2 },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (decodes(cases[i].line, cases[i].files) || strstr(why, cases[i].why) == NULL) {
            fail_msg("%s: '%s' instead of '%s'", cases[i].line, why, cases[i].why);
        }
    }
}

static void what_is_typed_has_a_limit(void **state)
{
    char line[WIRE_LINE_MAX], typed[WIRE_TYPED_MAX + 2];

    memset(typed, 'x', sizeof(typed));
    typed[WIRE_TYPED_MAX] = 0;
    snprintf(line, sizeof(line), "{\"op\": \"console-write\", \"text\": \"%s\"}", typed);
    assert_true(decodes(line, 0));
    assert_int_equal(ask.typed_bytes, WIRE_TYPED_MAX);
    snprintf(line, sizeof(line), "{\"op\": \"console-write\", \"text\": \"%sx\"}", typed);
    assert_false(decodes(line, 0));
}

static void depth_is_no_danger(void **state)
{
    char line[WIRE_LINE_MAX + 1];

    memset(line, '[', WIRE_LINE_MAX);
    line[WIRE_LINE_MAX] = 0;
    assert_false(decodes(line, 0));
}

static unsigned allocations, fail_at;

static void *allocate(size_t bytes)
{
    return ++allocations == fail_at ? NULL : malloc(bytes);
}

static void without_memory_a_request_is_refused(void **state)
{
    bool taken = false;

    json_set_alloc_funcs(allocate, free);
    for (fail_at = 1; !taken; fail_at++) {
        allocations = 0;
        taken = decodes("{\"op\": \"config\", \"name\": \"vm\", \"profile\": \"/x\", \"images\": "
                        "[{\"ipa\": 1, \"bytes\": 7}]}", 2);
        assert_true(taken == (allocations < fail_at));
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(fail_at > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_without_arguments_is_taken),
        cmocka_unit_test(arguments_arrive),
        cmocka_unit_test(a_config_has_its_files),
        cmocka_unit_test(what_is_wrong_is_refused_by_name),
        cmocka_unit_test(what_is_typed_has_a_limit),
        cmocka_unit_test(depth_is_no_danger),
        cmocka_unit_test(without_memory_a_request_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

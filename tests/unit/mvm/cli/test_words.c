/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/words.c
/* Numbers of the ABI as words, those of a newer hypervisor included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"

static char to[WORDS];

static void a_state_shows_why_a_vm_is_over(void **state)
{
    static const struct {
        uint32_t state, reason, status;
        const char *words;
    } cases[] = {
        { SHYPER_VM_CREATED, 0, 0, "created" },
        { SHYPER_VM_READY, SHYPER_REASON_OFF, 0, "ready" },
        { SHYPER_VM_RUNNING, SHYPER_REASON_FAULT, 0, "running" },
        { SHYPER_VM_STOPPED, SHYPER_REASON_REQUEST, 0, "stopped (request)" },
        { SHYPER_VM_STOPPED, SHYPER_REASON_OFF, 0, "stopped (off)" },
        { SHYPER_VM_STOPPED, SHYPER_REASON_RESET, 0, "stopped (reset)" },
        { SHYPER_VM_STOPPED, SHYPER_REASON_CPUS_OFF, 0, "stopped (cpus off)" },
        { SHYPER_VM_STOPPED, SHYPER_REASON_EXIT, 3, "exited (status 3)" },
        { SHYPER_VM_CRASHED, SHYPER_REASON_FAULT, 0, "crashed (fault)" },
        { SHYPER_VM_CRASHED, SHYPER_REASON_HUNG, 0, "crashed (hung)" },
        { SHYPER_VM_STOPPED, 99, 0, "stopped (unknown)" },
        { 99, 0, 0, "unknown" },
        { 0, 0, 0, "unknown" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct shyper_vm_info info = { .state = cases[i].state,
                                       .reason = cases[i].reason,
                                       .exit_status = cases[i].status };

        assert_string_equal(state_words(&info, to), cases[i].words);
    }
}

static void every_exit_kind_of_the_abi_has_a_name(void **state)
{
    for (unsigned i = 0; i < SHYPER_EXIT_COUNT; i++) {
        assert_non_null(exit_name(i));
    }
    assert_null(exit_name(SHYPER_EXIT_COUNT));
}

static void bytes_lose_nothing(void **state)
{
    assert_string_equal(bytes_words(0, to), "0");
    assert_string_equal(bytes_words(1023, to), "1023");
    assert_string_equal(bytes_words(1024, to), "1K");
    assert_string_equal(bytes_words(64 * MIB, to), "64M");
    assert_string_equal(bytes_words(64 * MIB + 4096, to), "65540K");
    assert_string_equal(bytes_words(3 * GIB, to), "3G");
    assert_string_equal(bytes_words(2048 * GIB, to), "2T");
    assert_string_equal(bytes_words(UINT64_C(1) << 63, to), "8388608T");
    assert_string_equal(bytes_words(UINT64_MAX, to), "18446744073709551615");
}

static void cores_are_ranges(void **state)
{
    assert_string_equal(cpus_words(0, to), "-");
    assert_string_equal(cpus_words(1, to), "0");
    assert_string_equal(cpus_words(0x4e, to), "1-3,6");
    assert_string_equal(cpus_words(UINT64_MAX, to), "0-63");
    assert_string_equal(cpus_words(UINT64_C(1) << 63, to), "63");
    cpus_words(UINT64_C(0x5555555555555555), to);
    assert_true(strlen(to) < WORDS);
}

static void types_and_times(void **state)
{
    assert_string_equal(type_words(0, to), "linux");
    assert_string_equal(type_words(1, to), "bare-metal");
    assert_string_equal(type_words(3, to), "mvm");
    assert_string_equal(type_words(77, to), "type 77");
    assert_string_equal(time_words(UINT64_C(61007999999), to), "61.007 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_shows_why_a_vm_is_over),
        cmocka_unit_test(every_exit_kind_of_the_abi_has_a_name),
        cmocka_unit_test(bytes_lose_nothing),
        cmocka_unit_test(cores_are_ranges),
        cmocka_unit_test(types_and_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

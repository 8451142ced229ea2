/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/log.c hypervisor/core/timer.c lib/fmt.c arch/host/time.c arch/host/cpu.c
/* Log lines: whole, stamped, and at a limited rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/vm.h"

struct cpu cpus[CPU_MAX];
static char uart[65536];
static uint64_t cursor;

void console_text(const char *text)
{
    assert_true(strlen(uart) + strlen(text) < sizeof(uart));
    strcat(uart, text);
}

static const char *new_lines(void)
{
    static uint8_t text[20000];
    uint64_t lost;
    uint32_t n = log_read(&cursor, text, sizeof(text) - 1, &lost);

    text[n] = '\0';
    return (const char *)text;
}

/* regression: 80 */
static void a_line_has_time_level_and_tag(void **state)
{
    host_time_set(UINT64_C(12) * HOST_COUNTER_HZ + HOST_COUNTER_HZ / 1000 * 345);
    log_warn("vm", "%s stopped with %d", "one", -5);
    assert_string_equal(new_lines(), "[  12.345] W vm: one stopped with -5\n");
    log_error("a", "b");
    log_info("c", "%x", 0xfeu);
    assert_string_equal(new_lines(), "[  12.345] E a: b\n[  12.345] I c: fe\n");
    assert_string_equal(new_lines(), "");
}

static void a_line_too_long_is_cut_and_still_ends(void **state)
{
    char text[500];
    const char *line;

    memset(text, 'x', sizeof(text));
    text[499] = '\0';
    for (size_t n = 150; n < 499; n += 7) {
        log_info("long", "%s", text + 499 - n);
        line = new_lines();
        assert_true(strlen(line) < 200);
        assert_int_equal(line[strlen(line) - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
    log_info(text, "tag");
    line = new_lines();
    assert_int_equal(line[strlen(line) - 1], '\n');
}

static void lines_go_to_the_uart_until_a_vm_has_it(void **state)
{
    uart[0] = '\0';
    log_info("boot", "first");
    assert_non_null(strstr(uart, "I boot: first\n"));
    log_leave_uart();
    uart[0] = '\0';
    log_info("boot", "second");
    assert_string_equal(uart, "");
    assert_non_null(strstr(new_lines(), "second"));
}

static void old_lines_make_room_and_are_counted(void **state)
{
    uint8_t text[64];
    uint64_t from = 0, lost;

    for (uint32_t i = 0; i < 2000; i++) log_info("n", "line %u", i);
    assert_int_equal(log_read(&from, text, sizeof(text), &lost), sizeof(text));
    assert_true(lost > 0);
    assert_non_null(strstr(new_lines(), "line 1999\n"));
}

static struct vm *vm_with_log(uint8_t *buf, uint32_t size)
{
    static struct vm vm;

    memset(&vm, 0, sizeof(vm));
    vm.log = (struct text_ring){ .buf = buf, .size = size };
    return &vm;
}

static void a_vms_log_is_its_own(void **state)
{
    uint8_t buf[1024], text[256] = { 0 };
    struct vm *vm = vm_with_log(buf, sizeof(buf));
    uint64_t from = 0, lost;

    host_time_set(UINT64_C(1) * HOST_COUNTER_HZ);
    (void)new_lines();
    log_vm(vm, "read at %lx", UINT64_C(0x9000));
    assert_string_equal(new_lines(), "");
    assert_int_equal(log_vm_read(vm, &from, text, sizeof(text), &lost), 24);
    assert_string_equal((char *)text, "[   1.000] read at 9000\n");
}

static void a_guest_that_errs_in_a_loop_writes_64_lines_a_second(void **state)
{
    uint8_t *buf = malloc(65536), *text = malloc(65536);
    struct vm *vm = vm_with_log(buf, 65536);
    uint64_t from = 0, lost;

    for (uint32_t second = 1; second < 4; second++) {
        uint32_t lines = 0, n;

        host_time_set(UINT64_C(100) * second * HOST_COUNTER_HZ);
        for (uint32_t i = 0; i < 5000; i++) log_vm(vm, "again");
        n = log_vm_read(vm, &from, text, 65536, &lost);
        for (uint32_t i = 0; i < n; i++) lines += text[i] == '\n';
        assert_int_equal(lines, 64);
    }
    free(buf);
    free(text);
}

static void a_vm_without_a_log_yet_is_silent(void **state)
{
    struct vm *vm = vm_with_log(NULL, 0);

    log_vm(vm, "nothing");
    assert_int_equal(vm->log.next, 0);
}

/* regression: 80 */
static void lines_above_the_level_are_not_taken(void **state)
{
    struct vm *vm = vm_with_log(NULL, 0);

    strcpy(vm->config.name, "one");
    host_time_set(UINT64_C(1000) * HOST_COUNTER_HZ);
    (void)new_lines();
    log_debug(vm, "starts");
    assert_string_equal(new_lines(), "");
    log_set_level(SHYPER_LOG_DEBUG);
    log_debug(vm, "starts at %x", 0x40u);
    assert_string_equal(new_lines(), "[1000.000] D one: starts at 40\n");
    log_set_level(SHYPER_LOG_ERROR);
    log_info("a", "b");
    log_warn("a", "b");
    log_debug(vm, "starts");
    assert_string_equal(new_lines(), "");
    log_error("a", "b");
    assert_string_equal(new_lines(), "[1000.000] E a: b\n");
    log_set_level(SHYPER_LOG_WARN);
    log_warn("a", "b");
    log_info("a", "b");
    assert_string_equal(new_lines(), "[1000.000] W a: b\n");
    log_set_level(SHYPER_LOG_INFO);
}

static void a_guest_that_acts_in_a_loop_writes_64_lines_a_second(void **state)
{
    struct vm *vm = vm_with_log(NULL, 0);
    const char *at;
    uint32_t lines = 0;

    host_time_set(UINT64_C(2000) * HOST_COUNTER_HZ);
    log_set_level(SHYPER_LOG_DEBUG);
    (void)new_lines();
    for (uint32_t i = 0; i < 5000; i++) log_debug(vm, "again");
    for (at = new_lines(); (at = strchr(at, '\n')) != NULL; at++) lines++;
    assert_int_equal(lines, 64);
    log_set_level(SHYPER_LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_and_tag), cmocka_unit_test(a_line_too_long_is_cut_and_still_ends),
        cmocka_unit_test(lines_go_to_the_uart_until_a_vm_has_it), cmocka_unit_test(old_lines_make_room_and_are_counted),
        cmocka_unit_test(a_vms_log_is_its_own), cmocka_unit_test(a_guest_that_errs_in_a_loop_writes_64_lines_a_second),
        cmocka_unit_test(a_vm_without_a_log_yet_is_silent), cmocka_unit_test(lines_above_the_level_are_not_taken),
        cmocka_unit_test(a_guest_that_acts_in_a_loop_writes_64_lines_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

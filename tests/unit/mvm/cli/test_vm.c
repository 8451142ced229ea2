/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/args.c mvm/cli/commands.c mvm/cli/out.c mvm/cli/words.c mvm/cli/target.c
// sources: mvm/cli/vm.c mvm/cli/system.c mvm/cli/list.c mvm/cli/stat.c mvm/cli/log.c
// sources: mvm/cli/fault.c mvm/cli/guest_ram.c mvm/cli/symbols.c
// sources: tests/unit/mvm/fake/shyper.c tests/unit/mvm/fake/run.c -ljansson
/* The life of a VM by commands, on a fake hypervisor: what is asked of it in which order, what is
 * printed where, and with which exit status. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "tests/unit/mvm/fake/run.h"
#include "tests/unit/mvm/fake/shyper.h"

static int start_error;
static uint32_t restart_in_ms;
static const char *message = "";

int vm_config(const struct request *r) { return 0; }
int vm_console(const struct request *r) { return 0; }
int vm_getdefconfig(const struct request *r) { return 0; }
int system_daemon(const struct request *r) { return 0; }
const char *shyper_message(void) { return message; }

/* manage.h, as far as these commands need it: what it does is tested beside it. */
int shyper_vm_start(int vm)
{
    strcat(fake.asked, "start, ");
    return start_error != 0 ? start_error : fake_started(vm);
}

int shyper_vm_drop(int vm)
{
    strcat(fake.asked, "drop, ");
    return shyper_vm_remove(vm);
}

int shyper_vm_delconfig(int vm, bool *removed)
{
    strcat(fake.asked, "delconfig, ");
    *removed = true;
    return shyper_vm_remove(vm);
}

int shyper_vm_kept(int vm, struct shyper_kept *out)
{
    *out = (struct shyper_kept){ .restart_in_ms = restart_in_ms };
    return 0;
}

int shyper_daemon_status(int sys, struct shyper_daemon_status *out)
{
    *out = (struct shyper_daemon_status){ .pid = 77, .resident_bytes = MIB };
    return 0;
}

struct symbols *target_symbols(const struct target *t) { return NULL; }

static int fresh(void **state)
{
    start_error = 0;
    restart_in_ms = SHYPER_NO_RESTART;
    message = "";
    fake_start();
    return 0;
}

static int clean(void **state)
{
    fake_end();
    return 0;
}

static void asks(const char *line, int status, const char *asked)
{
    fake.asked[0] = 0;
    int got = run(line, "");

    if (got != status) {
        fail_msg("`%s` exited with %d, not %d; it said: %s%s", line, got, status, run_out, run_err);
    }
    assert_string_equal(fake.asked, asked);
}

static void says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("'%s' is not in: %s", words, text);
    }
}

static void list_shows_all_in_columns(void **state)
{
    struct shyper_vm_info *hung = &fake_vm(2, "a-long-name", SHYPER_VM_CRASHED, 7)->info;
    struct shyper_vm_info *hello = &fake_vm(3, "hello", SHYPER_VM_STOPPED, 4)->info;

    hung->sched_class = SHYPER_CLASS_EXCLUSIVE;
    hung->restart = SHYPER_RESTART_ON_CRASH;
    hello->exit_status = 3;
    hello->sched_class = SHYPER_CLASS_REALTIME;
    hello->priority = 7, hello->budget_us = 200, hello->period_us = 1000;
    hello->restart = SHYPER_RESTART_ALWAYS;
    asks("vm list", 0, "");
    assert_string_equal(run_out, "ID  NAME         TYPE        STATE              CPUS  CORES  "
                                 "MEMORY  CLASS                    "
                                 "RESTART\n"
                                 "0   mvm          mvm         running            1     1      64M "
                                 "    fair 100                 "
                                 "never\n"
                                 "2   a-long-name  bare-metal  crashed (hung)     1     1      64M "
                                 "    exclusive                "
                                 "on-crash\n"
                                 "3   hello        bare-metal  exited (status 3)  1     1      64M "
                                 "    realtime 7: 200/1000 us  "
                                 "always\n");
    assert_string_equal(run_err, "");
}

static void list_as_json_has_every_field(void **state)
{
    json_t *list;

    fake_vm(3, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_EXIT)->info.exit_status = 3;
    asks("vm list -o json", 0, "");
    list = json_loads(run_out, 0, NULL);
    assert_int_equal(json_array_size(list), 2);
    json_t *vm = json_array_get(list, 1);
    assert_int_equal(json_integer_value(json_object_get(vm, "id")), 3);
    assert_string_equal(json_string_value(json_object_get(vm, "name")), "hello");
    assert_string_equal(json_string_value(json_object_get(vm, "type")), "bare-metal");
    assert_string_equal(json_string_value(json_object_get(vm, "state")), "stopped");
    assert_string_equal(json_string_value(json_object_get(vm, "reason")), "exit");
    assert_int_equal(json_integer_value(json_object_get(vm, "exit_status")), 3);
    assert_int_equal(json_integer_value(json_object_get(vm, "vcpus")), 1);
    assert_int_equal(json_integer_value(json_object_get(vm, "memory_bytes")), 64 * MIB);
    assert_true(json_is_false(json_object_get(vm, "boot_time")));
    json_decref(list);
}

static void a_vm_is_found_by_id_and_by_name(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_CREATED, 0);
    fake_vm(2, "1", SHYPER_VM_CREATED, 0);
    asks("vm boot hello", 0, "start, ");
    assert_string_equal(run_out, "vm 1 hello running\n");
    asks("vm stop 1", 0, "stop 1, ");
    assert_string_equal(run_out, "vm 1 hello stopped (request)\n");
}

static void what_is_not_there_is_status_3(void **state)
{
    static const char *const names[] = { "7",  "hello", "4294967295", "99999999999999999999",
                                         "1x", "mv" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char line[64];

        snprintf(line, sizeof(line), "vm boot %s", names[i]);
        asks(line, EXIT_NO_VM, "");
        says(run_err, names[i]);
        says(run_err, "vm list");
        assert_string_equal(run_out, "");
    }
}

static void without_the_device_every_command_is_status_4(void **state)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        char line[64];

        if (c->run == vm_config || c->run == vm_console || c->run == vm_getdefconfig ||
            c->run == system_daemon) {
            continue;
        }
        fake.open_error = -ENOENT;
        snprintf(line, sizeof(line), "%s %s %s", c->group, c->name,
                 c->run == system_loglevel ? "info" : c->operand != NULL ? "1" : "");
        asks(line, EXIT_NO_SHYPER, "");
        fake.open_error = -EACCES;
        asks(line, EXIT_FAILED, "");
        says(run_err, "root");
    }
}

static void boot_after_an_end_starts_it_again(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_EXIT);
    fake_vm(2, "bad", SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);
    asks("vm boot 1", 0, "start, ");
    asks("vm boot 2", 0, "start, ");
}

static void boot_of_a_running_vm_is_refused(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    asks("vm boot 1", EXIT_FAILED, "");
    says(run_err, "vm reboot hello");
}

static void reboot_stops_what_runs(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    asks("vm reboot hello", 0, "stop 1, start, ");
    assert_string_equal(run_out, "vm 1 hello running\n");
    asks("vm reboot hello -f -o json", 0, "stop 1, start, ");
    says(run_out, "\"state\": \"running\"");
    fake.ends_first = true;
    asks("vm reboot hello", 0, "stop 1, start, ");
    fake.ends_first = false;
    fake_vm(1, "hello", SHYPER_VM_READY, 0);            /* as the daemon has it while it starts it */
    asks("vm reboot hello", 0, "stop 1, start, ");
}

static void why_a_vm_does_not_start_is_said(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    start_error = -ESTALE;
    message = "kernel.bin is not the file any more";
    asks("vm boot 1", EXIT_FAILED, "start, ");
    assert_string_equal(run_err, "shyper: boot: kernel.bin is not the file any more\n");
    start_error = -ENOENT;
    asks("vm boot 1", EXIT_NO_VM, "start, ");
}

static void reboot_before_the_first_boot_is_refused(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_CREATED, 0);
    asks("vm reboot 1", EXIT_FAILED, "");
    says(run_err, "vm boot hello");
}

static void pause_holds_and_resume_lets_go(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    asks("vm resume hello", EXIT_FAILED, "resume 1, ");
    says(run_err, "is running, where this is not possible");
    asks("vm pause hello", 0, "pause 1, ");
    assert_string_equal(run_out, "vm 1 hello paused\n");
    asks("vm pause hello", EXIT_FAILED, "pause 1, ");
    asks("vm boot hello", EXIT_FAILED, "");
    says(run_err, "vm resume hello");
    asks("vm resume hello", 0, "resume 1, ");
    assert_string_equal(run_out, "vm 1 hello running\n");
    asks("vm pause hello", 0, "pause 1, ");
    asks("vm stop hello", 0, "stop 1, ");
    asks("vm pause mvm", EXIT_FAILED, "");
}

static void stop_of_what_does_not_run_is_refused(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    asks("vm stop 1", EXIT_FAILED, "");
    says(run_err, "stopped (off)");
}

static void stop_of_what_waits_for_its_restart_ends_that(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);
    restart_in_ms = 500;
    asks("vm stop 1", EXIT_FAILED, "stop 1, ");         /* the fake is no daemon, and refuses */
}

static void delconfig_says_what_it_did(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    asks("vm delconfig hello -f", 0, "delconfig, remove 1, ");
    assert_string_equal(run_out, "vm 1 hello removed\n");
    asks("vm delconfig 0", EXIT_FAILED, "delconfig, remove 0, ");
}

static void remove_drops_the_vm(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    asks("vm remove hello", 0, "drop, remove 1, ");
    assert_string_equal(run_out, "vm 1 hello removed\n");
    asks("vm remove hello", EXIT_NO_VM, "");
}

static void the_management_vm_is_spared(void **state)
{
    asks("vm stop mvm", EXIT_FAILED, "");
    says(run_err, "the management VM");
    says(run_err, "the management VM");
    asks("vm boot 0", EXIT_FAILED, "");
    asks("vm remove 0", EXIT_FAILED, "drop, remove 0, ");
    assert_int_equal(fake.vm[0].info.state, SHYPER_VM_RUNNING);
}

static void log_and_stat_print_what_there_is(void **state)
{
    struct fake_vm *vm = fake_vm(1, "hello", SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);

    strcpy(vm->log, "data abort at 0x40080010\n");
    asks("vm log hello", 0, "");
    assert_string_equal(run_out, "data abort at 0x40080010\n");
    strcpy(fake.log, "Shyper is up\n");
    asks("system log", 0, "");
    assert_string_equal(run_out, "Shyper is up\n");
    asks("vm stat hello", 0, "");
    says(run_out, "exits hypercall        1\nexits psci             2\n");
    says(run_out, "1.500 s");
    says(run_out, "0.020 s\nswitches               9\n");
    says(run_out, "heartbeat              none asked for\n");
    vm->info.heartbeat_ms = 500;
    asks("vm stat hello", 0, "");
    says(run_out, "heartbeat              every 500 ms, 7 so far\n");
    asks("vm stat hello -o json", 0, "");
    says(run_out, "\"run_ns\": 1500000000");
    says(run_out, "\"class\": \"fair\"");
    says(run_out, "\"ready_ns\": 20000000");
    asks("vm getvmid", 0, "");
    assert_string_equal(run_out, "Current VM id is 0\n");
    asks("system info -o json", 0, "");
    says(run_out, "\"version\": \"fake\"");
    says(run_out, "\"pid\": 77");
    asks("system info", 0, "");
    says(run_out, "process 77, 1M resident");
}

static void a_log_as_json_is_json_whatever_the_guest_made_of_it(void **state)
{
    struct fake_vm *vm = fake_vm(1, "hello", SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);
    json_t *log;

    strcpy(vm->log, "one\n\x1b[31m \xff\xfe two\t\"\n");
    asks("vm log hello -o json", 0, "");
    log = json_loads(run_out, 0, NULL);
    assert_non_null(log);
    assert_string_equal(json_string_value(json_object_get(log, "text")), "one\n?[31m ?? two\t\"\n");
    assert_true(json_is_null(json_object_get(log, "fault")));
    json_decref(log);
    asks("system log -o json", 0, "");
    says(run_out, "\"lost_bytes\": 0");
}

static void the_level_of_the_log_is_a_word(void **state)
{
    asks("system info", 0, "");
    says(run_out, "log level      info\n");
    asks("system loglevel debug", 0, "");
    assert_string_equal(run_out, "");
    assert_int_equal(fake.log_level, SHYPER_LOG_DEBUG);
    asks("system info -o json", 0, "");
    says(run_out, "\"log_level\": \"debug\"");
    asks("system loglevel error", 0, "");
    assert_int_equal(fake.log_level, SHYPER_LOG_ERROR);
    asks("system loglevel loud", EXIT_USAGE, "");
    says(run_err, "there is no level 'loud'; say error, warn, info or debug");
    asks("system loglevel unknown", EXIT_USAGE, "");
    asks("system loglevel", EXIT_USAGE, "");
    asks("system loglevel warn debug", EXIT_USAGE, "");
    assert_int_equal(fake.log_level, SHYPER_LOG_ERROR);
}

static void shutdown_stops_what_runs_first_unless_forced(void **state)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    fake_vm(2, "old", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    asks("system shutdown -f", EXIT_FAILED, "shutdown, ");
    asks("system reboot", EXIT_FAILED, "stop 1, restart, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(list_shows_all_in_columns, fresh, clean),
        cmocka_unit_test_setup_teardown(list_as_json_has_every_field, fresh, clean),
        cmocka_unit_test_setup_teardown(a_vm_is_found_by_id_and_by_name, fresh, clean),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_status_3, fresh, clean),
        cmocka_unit_test_setup_teardown(without_the_device_every_command_is_status_4, fresh, clean),
        cmocka_unit_test_setup_teardown(boot_after_an_end_starts_it_again, fresh, clean),
        cmocka_unit_test_setup_teardown(boot_of_a_running_vm_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(reboot_stops_what_runs, fresh, clean),
        cmocka_unit_test_setup_teardown(why_a_vm_does_not_start_is_said, fresh, clean),
        cmocka_unit_test_setup_teardown(reboot_before_the_first_boot_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(pause_holds_and_resume_lets_go, fresh, clean),
        cmocka_unit_test_setup_teardown(a_log_as_json_is_json_whatever_the_guest_made_of_it, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(stop_of_what_does_not_run_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(stop_of_what_waits_for_its_restart_ends_that, fresh, clean),
        cmocka_unit_test_setup_teardown(delconfig_says_what_it_did, fresh, clean),
        cmocka_unit_test_setup_teardown(remove_drops_the_vm, fresh, clean),
        cmocka_unit_test_setup_teardown(the_management_vm_is_spared, fresh, clean),
        cmocka_unit_test_setup_teardown(log_and_stat_print_what_there_is, fresh, clean),
        cmocka_unit_test_setup_teardown(the_level_of_the_log_is_a_word, fresh, clean),
        cmocka_unit_test_setup_teardown(shutdown_stops_what_runs_first_unless_forced, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

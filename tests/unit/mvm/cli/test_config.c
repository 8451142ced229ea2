/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/list.c mvm/cli/stat.c mvm/cli/log.c mvm/cli/fault.c mvm/cli/guest_ram.c
// sources: mvm/cli/symbols.c mvm/cli/target_symbols.c
// sources: mvm/cli/args.c mvm/cli/commands.c mvm/cli/out.c mvm/cli/words.c mvm/cli/target.c
// sources: mvm/cli/vm.c mvm/cli/system.c mvm/cli/config.c mvm/cli/images.c mvm/cli/console.c
// sources: mvm/cli/keys.c mvm/libshyper/load.c mvm/libshyper/fdt_out.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/number.c mvm/libshyper/profile_blob.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_errors.c mvm/libshyper/profile_files.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_layout.c
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/manage.c mvm/libshyper/make.c
// sources: mvm/libshyper/recover.c mvm/libshyper/kept.c mvm/libshyper/kept_record.c
// sources: mvm/libshyper/remote.c mvm/libshyper/wire.c mvm/cli/template.c
// sources: tests/unit/mvm/fake/shyper.c tests/unit/mvm/fake/run.c libfdt -ljansson
/* `vm config` and `vm console` on a fake hypervisor with real guest memory: images arrive, and
 * whatever fails leaves no VM and no file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/profile.h"
#include "tests/unit/folder.h"
#include "tests/unit/mvm/fake/run.h"
#include "tests/unit/mvm/fake/shyper.h"

int system_daemon(const struct request *r) { return 0; }

static char state[80];

static void file_write(const char *name, const char *text, size_t bytes)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    fclose(file);
}

static void profile_write(const char *more)
{
    char text[512];

    snprintf(text, sizeof(text),
             "{\"name\": \"hello\", \"kernel\": \"kernel.bin\", \"memory\": \"64M\"%s}", more);
    file_write("hello.json", text, strlen(text));
}

static int fresh(void **unused)
{
    fake_start();
    assert_int_equal(folder_make(unused), 0);
    snprintf(state, sizeof(state), "%s/state", folder);
    kept_folder = state;
    profile_write("");
    file_write("kernel.bin", "KERNEL\n", 7);
    return 0;
}

static int clean(void **unused)
{
    fake_end();
    return folder_remove(unused);
}

/* Records of VMs, whole or not. */
static unsigned records(void)
{
    unsigned count = 0;

    for (const char *const *name = (const char *const[]){ "new", "1", "2", NULL }; *name; name++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", state, *name);
        count += access(path, F_OK) == 0;
    }
    return count;
}

static int config(const char *options)
{
    char line[256];

    snprintf(line, sizeof(line), "vm config %s/hello.json%s", folder, options);
    return run(line, "");
}

static void says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("'%s' is not in: %s", words, text);
    }
}

static void nothing_is_left(void)
{
    assert_int_equal(fake.vm[1].info.state, 0);
    assert_int_equal(records(), 0);
    assert_string_equal(run_out, "");
}

static void images_are_in_memory_after_config(void **unused)
{
    char got[16] = "";

    assert_int_equal(config(""), 0);
    assert_string_equal(run_out, "vm 1 hello created\n");
    assert_string_equal(fake.asked, "create 1, ");
    assert_int_equal(pread(fake.vm[1].memory, got, 7, FAKE_RAM), 7);
    assert_string_equal(got, "KERNEL\n");
    assert_int_equal(records(), 1);
}

static void the_id_is_there_as_json(void **unused)
{
    assert_int_equal(config(" -o json"), 0);
    says(run_out, "\"id\": 1");
    says(run_out, "\"name\": \"hello\"");
}

static void a_name_in_use_is_refused(void **unused)
{
    fake_vm(2, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    assert_int_equal(config(""), EXIT_FAILED);
    says(run_err, "'hello' already");
    nothing_is_left();
}

static void too_little_guest_memory_is_refused_with_both_numbers(void **unused)
{
    fake.pool_free = 32 * MIB;
    assert_int_equal(config(""), EXIT_FAILED);
    says(run_err, "64M are wanted, 32M of guest memory are free");
    nothing_is_left();
}

static void no_room_for_another_vm_is_said_before_anything_is_made(void **unused)
{
    fake.vms_max = 1;
    assert_int_equal(config(""), EXIT_FAILED);
    says(run_err, "there are 1 VMs");
    nothing_is_left();
}

static void what_the_hypervisor_refuses_is_quoted(void **unused)
{
    fake.create_error = -EINVAL;
    strcpy(fake.log_of_create, "cpus: more than the board has\n");
    strcpy(fake.log, "what was before\n");
    assert_int_equal(config(""), EXIT_FAILED);
    says(run_err, "the hypervisor refuses this VM: Invalid argument; it says:\ncpus: more "
                  "than the board has\n");
    nothing_is_left();
}

static void a_vm_whose_images_cannot_be_loaded_is_removed_again(void **unused)
{
    fake.load_error = -EIO;
    assert_int_equal(config(""), EXIT_FAILED);
    assert_string_equal(fake.asked, "create 1, remove 1, ");
    nothing_is_left();
}

static void bad_profiles_reach_no_hypervisor(void **unused)
{
    fake.open_error = -ENOENT;          /* would be status 4 */
    profile_write(", \"colour\": 1");
    assert_int_equal(config(""), EXIT_FAILED);
    says(run_err, "colour");
    file_write("hello.json", "{", 1);
    assert_int_equal(config(""), EXIT_FAILED);
    assert_int_equal(run("vm config /nowhere/x.json", ""), EXIT_FAILED);
    says(run_err, "/nowhere/x.json");
}

static void every_template_makes_a_vm(void **unused)
{
    static const char *const types[] = { "linux", "bare-metal", "box" };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct profile_errors errors = { 0 };
        struct profile profile;
        char line[64];

        snprintf(line, sizeof(line), "vm getdefconfig %s", types[i]);
        assert_int_equal(run(line, ""), 0);
        assert_int_equal(profile_parse(run_out, strlen(run_out), &profile, &errors), 0);
        assert_string_equal(profile.name, i == 2 ? "box" : "vm1");
        profile_free(&profile);
    }
    assert_int_equal(run("vm getdefconfig -- -x", ""), EXIT_FAILED);
    says(run_err, "name");
}

static void console_shows_what_there_is_and_the_end(void **unused)
{
    struct fake_vm *vm = fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_EXIT);

    strcpy(vm->console, "Hello, world\n");
    assert_int_equal(run("vm console hello", ""), 0);
    assert_string_equal(run_out, "Hello, world\n");
    assert_string_equal(run_err, "[VM 1 (hello) exited (status 0)]\n");
}

static void console_types_its_input_and_ends_at_the_text(void **unused)
{
    struct fake_vm *vm = fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);

    vm->takes = 3;
    assert_int_equal(run("vm console hello --until done", "ab\ncd\ndone\n"), 0);
    assert_string_equal(vm->typed, "ab\ncd\ndone\n");
    assert_string_equal(run_out, "ab\ncd\ndone\n");
}

static void console_without_the_text_is_status_1(void **unused)
{
    fake_vm(1, "hello", SHYPER_VM_RUNNING, 0);
    assert_int_equal(run("vm console hello --until done --timeout 0", ""), EXIT_FAILED);
    says(run_err, "'done' was not shown");
    fake.vm[1].info.state = SHYPER_VM_CRASHED;
    assert_int_equal(run("vm console hello --until done", ""), EXIT_FAILED);
}

static void console_with_a_time_shows_what_there_is(void **unused)
{
    strcpy(fake_vm(1, "hello", SHYPER_VM_RUNNING, 0)->console, "so far");
    assert_int_equal(run("vm console hello --timeout 0", ""), 0);
    assert_string_equal(run_out, "so far");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(images_are_in_memory_after_config, fresh, clean),
        cmocka_unit_test_setup_teardown(the_id_is_there_as_json, fresh, clean),
        cmocka_unit_test_setup_teardown(a_name_in_use_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(too_little_guest_memory_is_refused_with_both_numbers, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(no_room_for_another_vm_is_said_before_anything_is_made,
                                        fresh, clean),
        cmocka_unit_test_setup_teardown(what_the_hypervisor_refuses_is_quoted, fresh, clean),
        cmocka_unit_test_setup_teardown(a_vm_whose_images_cannot_be_loaded_is_removed_again, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(bad_profiles_reach_no_hypervisor, fresh, clean),
        cmocka_unit_test_setup_teardown(every_template_makes_a_vm, fresh, clean),
        cmocka_unit_test_setup_teardown(console_shows_what_there_is_and_the_end, fresh, clean),
        cmocka_unit_test_setup_teardown(console_types_its_input_and_ends_at_the_text, fresh, clean),
        cmocka_unit_test_setup_teardown(console_without_the_text_is_status_1, fresh, clean),
        cmocka_unit_test_setup_teardown(console_with_a_time_shows_what_there_is, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

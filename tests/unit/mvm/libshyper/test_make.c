/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/make.c mvm/libshyper/recover.c mvm/libshyper/kept.c
// sources: mvm/libshyper/kept_record.c mvm/libshyper/wire.c mvm/libshyper/load.c
// sources: tests/unit/mvm/fake/shyper.c -ljansson
/* VMs with what is kept of them, on a fake hypervisor with real guest memory: what is loaded, in
 * which order, and what is found by who comes after a holder that was killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "mvm/libshyper/make.h"
#include "tests/unit/folder.h"
#include "tests/unit/mvm/fake/shyper.h"

static char state[80], kernel[80], why[WHY_BYTES], said[1024];
static struct shyper_config config;

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int memory_file(const char *text)
{
    int fd = memfd_create("file", MFD_CLOEXEC);

    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static int fresh(void **unused)
{
    fake_start();
    assert_int_equal(folder_make(unused), 0);
    snprintf(state, sizeof(state), "%s/state", folder);
    snprintf(kernel, sizeof(kernel), "%s/kernel", folder);
    kept_folder = state;
    close(kept_lock(0));
    file_write(kernel, "KERNEL");
    config = (struct shyper_config){ .name = "hello", .profile = "/etc/hello.json", .count = 2 };
    config.blob = memory_file("blob");
    config.image[0] = (struct shyper_image){ open(kernel, O_RDONLY | O_CLOEXEC), FAKE_RAM, 6 };
    config.image[1] = (struct shyper_image){ memory_file("TREE"), FAKE_RAM + 4096, 4 };
    said[0] = 0;
    return 0;
}

static int clean(void **unused)
{
    close(config.blob);
    close(config.image[0].fd);
    close(config.image[1].fd);
    fake_end();
    return folder_remove(unused);
}

printf_like(1, 2)
static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
}

static bool is_there(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", state, name);
    return access(path, F_OK) == 0;
}

static void memory_is(const char *text, off_t at)
{
    char got[16] = "";

    assert_int_equal(pread(fake.vm[1].memory, got, strlen(text), FAKE_RAM + at), strlen(text));
    assert_string_equal(got, text);
}

static void make_hello(uint32_t restart)
{
    uint32_t id;

    fake.created_restart = restart;
    assert_int_equal(make_vm(0, &config, &id, why), 0);
    assert_int_equal(id, 1);
}

static int start_hello(void)
{
    int vm = shyper_vm_open(0, 1), ret = make_start(vm, why);

    close(vm);
    return ret;
}

static void a_made_vm_is_loaded_and_kept(void **unused)
{
    struct kept *k;
    uint64_t copied;

    make_hello(SHYPER_RESTART_NEVER);
    memory_is("KERNEL", 0);
    memory_is("TREE", 4096);
    k = kept_read(1, "hello");
    assert_non_null(k);
    assert_string_equal(k->profile, "/etc/hello.json");
    assert_string_equal(k->image[0].path, kernel);
    assert_int_equal(kept_state(k, &copied), SHYPER_KEPT_FILES);
    assert_int_equal(copied, 4);        /* what has no path of its own */
    free(k);
    assert_null(kept_read(1, "other"));
    assert_false(is_there("new"));
}

static void a_second_vm_of_that_name_is_refused(void **unused)
{
    uint32_t id;

    fake_vm(2, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    assert_int_equal(make_vm(0, &config, &id, why), -EEXIST);
    assert_non_null(strstr(why, "VM 2 is called 'hello' already"));
    assert_string_equal(fake.asked, "");
}

static void a_blob_of_another_vm_is_refused(void **unused)
{
    uint32_t id;

    strcpy(fake.created_name, "other");
    assert_int_equal(make_vm(0, &config, &id, why), -EINVAL);
    assert_string_equal(fake.asked, "create 1, remove 1, ");
    assert_false(is_there("new"));
}

static void what_cannot_be_loaded_or_kept_leaves_nothing(void **unused)
{
    uint32_t id;

    config.image[0].bytes = 7;
    assert_int_equal(make_vm(0, &config, &id, why), -ENODATA);
    assert_non_null(strstr(why, "became shorter"));
    fake.created_restart = SHYPER_RESTART_ALWAYS;       /* the copy finds it first */
    assert_int_equal(make_vm(0, &config, &id, why), -ENODATA);
    config.image[0].bytes = 6;
    config.image[1].ipa = 0;
    assert_int_equal(make_vm(0, &config, &id, why), -ERANGE);
    kept_folder = "/proc";
    assert_true(make_vm(0, &config, &id, why) < 0);
    assert_non_null(strstr(why, "/proc"));
    kept_folder = state;
    assert_int_equal(fake.vm[1].info.state, 0);
    assert_false(is_there("new") || is_there("1"));
}

static void a_start_resets_loads_and_boots(void **unused)
{
    make_hello(SHYPER_RESTART_NEVER);
    assert_int_equal(start_hello(), 0);
    fake.vm[1].info.state = SHYPER_VM_CRASHED;
    assert_int_equal(pwrite(fake.vm[1].memory, "ruined", 6, FAKE_RAM), 6);
    fake.asked[0] = 0;
    assert_int_equal(start_hello(), 0);
    assert_string_equal(fake.asked, "reset 1, boot 1, ");
    memory_is("KERNEL", 0);
    assert_false(is_there("1/starting"));
    assert_int_equal(start_hello(), -EBUSY);
}

static void a_changed_file_is_not_taken_and_nothing_done(void **unused)
{
    struct kept *k;
    uint64_t copied;

    make_hello(SHYPER_RESTART_NEVER);
    fake.vm[1].info.state = SHYPER_VM_STOPPED;
    file_write(kernel, "REBUILT");
    fake.asked[0] = 0;
    assert_int_equal(start_hello(), -ESTALE);
    assert_non_null(strstr(why, "is not the file any more"));
    k = kept_read(1, "hello");
    assert_int_equal(kept_state(k, &copied), SHYPER_KEPT_CHANGED);
    free(k);
    /* nor is another file in its place, wherever a link there leads */
    unlink(kernel);
    assert_int_equal(start_hello(), -ESTALE);
    assert_int_equal(symlink("/etc/passwd", kernel), 0);
    assert_int_equal(start_hello(), -ESTALE);
    assert_string_equal(fake.asked, "");
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_STOPPED);
}

static void with_a_policy_the_images_are_those_of_config_time(void **unused)
{
    struct kept *k;
    uint64_t copied;

    make_hello(SHYPER_RESTART_ON_CRASH);
    file_write(kernel, "REBUILT");
    fake.vm[1].info.state = SHYPER_VM_CRASHED;
    assert_int_equal(start_hello(), 0);
    memory_is("KERNEL", 0);
    k = kept_read(1, "hello");
    assert_int_equal(kept_state(k, &copied), SHYPER_KEPT_COPIES);
    assert_int_equal(copied, 10);
    free(k);
}

static void a_vm_of_the_bundle_is_loaded_by_the_hypervisor(void **unused)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF)->info.boot_time = 1;
    assert_int_equal(start_hello(), 0);
    assert_string_equal(fake.asked, "reset 1, boot 1, ");
}

static void a_vm_nothing_is_kept_of_does_not_start_again(void **unused)
{
    fake_vm(1, "hello", SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    assert_int_equal(start_hello(), -ENOKEY);
    assert_non_null(strstr(why, "configure it again"));
    assert_string_equal(fake.asked, "");
}

static void delconfig_spares_a_vm_that_runs(void **unused)
{
    bool removed;
    int vm;

    make_hello(SHYPER_RESTART_ALWAYS);
    assert_int_equal(start_hello(), 0);
    vm = shyper_vm_open(0, 1);
    assert_int_equal(make_delconfig(vm, &removed, why), 0);
    assert_false(removed || is_there("1"));
    fake.vm[1].info.state = SHYPER_VM_STOPPED;
    assert_int_equal(make_delconfig(vm, &removed, why), 0);
    assert_true(removed);
    assert_int_equal(fake.vm[1].info.state, 0);
    close(vm);
}

static unsigned allocations, fail_at;

static void *allocate(size_t bytes)
{
    return ++allocations == fail_at ? NULL : malloc(bytes);
}

/* regression: 11 */
static void without_memory_for_its_record_no_vm_is_made(void **unused)
{
    uint32_t id;
    int ret = -1;

    json_set_alloc_funcs(allocate, free);
    for (fail_at = 1; ret != 0; fail_at++) {
        allocations = 0;
        ret = make_vm(0, &config, &id, why);
        assert_true((ret != 0) == (allocations >= fail_at));
        if (ret != 0) {
            assert_int_equal(fake.vm[1].info.state, 0);
            assert_false(is_there("new") || is_there("1"));
        }
        fake.asked[0] = 0;
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(fail_at > 20);
    assert_true(is_there("1"));
}

/* --- somebody was killed --- */

static void before_the_vm_was_made(void **unused)
{
    assert_int_equal(kept_begin(&config), 0);
    make_recover(0, say);
    assert_string_equal(fake.asked, "");
    assert_false(is_there("new"));
}

static void before_its_making_was_complete(void **unused)
{
    uint32_t id;

    assert_int_equal(kept_begin(&config), 0);
    assert_int_equal(shyper_vm_create(0, "blob", 4, &id), 0);
    assert_int_equal(kept_images(&config, true), 0);
    fake_vm(2, "bystander", SHYPER_VM_CREATED, 0);
    make_recover(0, say);
    assert_string_equal(fake.asked, "create 1, remove 1, ");
    assert_non_null(strstr(said, "half made"));
    assert_false(is_there("new") || is_there("1"));
}

static void during_a_start(void **unused)
{
    make_hello(SHYPER_RESTART_NEVER);
    fake.vm[1].info.state = SHYPER_VM_READY;
    assert_int_equal(kept_starting(1), 0);
    assert_int_equal(pwrite(fake.vm[1].memory, "ruined", 6, FAKE_RAM), 6);
    make_recover(0, say);
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_RUNNING);
    memory_is("KERNEL", 0);
    assert_false(is_there("1/starting"));
}

static void during_a_removal(void **unused)
{
    make_hello(SHYPER_RESTART_NEVER);
    fake.vm[1].info.state = SHYPER_VM_REMOVING;
    make_recover(0, say);
    assert_int_equal(fake.vm[1].info.state, 0);
    assert_false(is_there("1"));
}

static void after_a_removal_whose_record_stayed(void **unused)
{
    make_hello(SHYPER_RESTART_NEVER);
    close(fake.vm[1].memory);
    fake.vm[1].info.state = 0;
    fake_vm(1, "successor", SHYPER_VM_CREATED, 0);
    make_recover(0, say);
    assert_false(is_there("1"));
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_CREATED);
}

static void never_while_nothing_was_wrong(void **unused)
{
    make_hello(SHYPER_RESTART_ALWAYS);
    fake.asked[0] = 0;
    make_recover(0, say);
    assert_string_equal(fake.asked, "");
    assert_string_equal(said, "");
    assert_true(is_there("1"));
}

static void a_damaged_record_is_none(void **unused)
{
    char path[128];

    make_hello(SHYPER_RESTART_NEVER);
    snprintf(path, sizeof(path), "%s/1/record.json", state);
    file_write(path, "{\"name\": \"hello\", \"profile\": \"x\", \"count\": 9, \"images\": []}");
    assert_null(kept_read(1, "hello"));
    make_recover(0, say);
    assert_false(is_there("1"));
}

static void one_at_a_time_holds_the_lock(void **unused)
{
    int lock = kept_lock(0);

    assert_true(lock >= 0);
    assert_int_equal(kept_lock(20), -EBUSY);
    close(lock);
    lock = kept_lock(0);
    assert_true(lock >= 0);
    close(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_made_vm_is_loaded_and_kept, fresh, clean),
        cmocka_unit_test_setup_teardown(a_second_vm_of_that_name_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(a_blob_of_another_vm_is_refused, fresh, clean),
        cmocka_unit_test_setup_teardown(what_cannot_be_loaded_or_kept_leaves_nothing, fresh, clean),
        cmocka_unit_test_setup_teardown(a_start_resets_loads_and_boots, fresh, clean),
        cmocka_unit_test_setup_teardown(a_changed_file_is_not_taken_and_nothing_done, fresh, clean),
        cmocka_unit_test_setup_teardown(with_a_policy_the_images_are_those_of_config_time, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(a_vm_of_the_bundle_is_loaded_by_the_hypervisor, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(a_vm_nothing_is_kept_of_does_not_start_again, fresh, clean),
        cmocka_unit_test_setup_teardown(delconfig_spares_a_vm_that_runs, fresh, clean),
        cmocka_unit_test_setup_teardown(without_memory_for_its_record_no_vm_is_made, fresh, clean),
        cmocka_unit_test_setup_teardown(before_the_vm_was_made, fresh, clean),
        cmocka_unit_test_setup_teardown(before_its_making_was_complete, fresh, clean),
        cmocka_unit_test_setup_teardown(during_a_start, fresh, clean),
        cmocka_unit_test_setup_teardown(during_a_removal, fresh, clean),
        cmocka_unit_test_setup_teardown(after_a_removal_whose_record_stayed, fresh, clean),
        cmocka_unit_test_setup_teardown(never_while_nothing_was_wrong, fresh, clean),
        cmocka_unit_test_setup_teardown(a_damaged_record_is_none, fresh, clean),
        cmocka_unit_test_setup_teardown(one_at_a_time_holds_the_lock, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/mvm/fake/daemon.c
/* VMs that are started again after their end, also by the next daemon. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/remote.h"
#include "tests/unit/mvm/fake/daemon.h"
#include "tests/unit/mvm/fake/shyper.h"

static void images_keep(void)
{
    struct shyper_config config = { .name = "hello", .profile = "/x", .count = 1 };

    config.image[0] = (struct shyper_image){ memfd_create("k", 0), FAKE_RAM, 4 };
    assert_int_equal(write(config.image[0].fd, "KERN", 4), 4);
    assert_int_equal(kept_begin(&config), 0);
    assert_int_equal(kept_images(&config, true), 0);
    assert_int_equal(kept_commit(1), 0);
    close(config.image[0].fd);
}

static void crashes(uint32_t restart_delay_ms)
{
    fake.vm[1].info.restart = SHYPER_RESTART_ON_CRASH;
    fake.vm[1].info.restart_delay_ms = restart_delay_ms;
    fake.vm[1].info.reason = SHYPER_REASON_HUNG;
    fake.vm[1].info.state = SHYPER_VM_CRASHED;
}

static struct shyper_kept kept_now(void)
{
    struct shyper_kept kept = { 0 };
    int vm = vm_connection(1);

    assert_int_equal(remote_struct(vm, "kept", &kept), 0);
    close(vm);
    return kept;
}

static void waits_until_it_runs(void)
{
    for (unsigned i = 0; i < 3000 && fake.vm[1].info.state != SHYPER_VM_RUNNING; i++) {
        usleep(10000);
    }
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_RUNNING);
}

/* regression: 81 */
static void a_crashed_vm_is_started_again_from_what_is_kept(void **state)
{
    struct shyper_kept kept;
    char got[8] = "";

    images_keep();
    crashes(1);
    kept = kept_now();
    assert_int_equal(kept.images, SHYPER_KEPT_COPIES);
    assert_true(kept.restart_in_ms <= 1);
    waits_until_it_runs();
    assert_string_equal(fake.asked, "reset 1, boot 1, ");
    assert_int_equal(pread(fake.vm[1].memory, got, 4, FAKE_RAM), 4);
    assert_string_equal(got, "KERN");
}

/* regression: 81 */
static void a_new_daemon_goes_on_waiting_where_the_old_one_was(void **state)
{
    images_keep();
    crashes(1);
    (void)kept_now();
    waits_until_it_runs();
    crashes(60000);                     /* soon after its restart: 2 ms */
    another_daemon();
    (void)kept_now();
    waits_until_it_runs();
    crashes(60000);
    (void)kept_now();                   /* 4 ms */
    waits_until_it_runs();
    assert_string_equal(fake.asked, "reset 1, boot 1, reset 1, boot 1, reset 1, boot 1, ");
}

static void a_new_daemon_keeps_to_what_was_decided(void **state)
{
    int vm;

    images_keep();
    crashes(30000);
    assert_in_range(kept_now().restart_in_ms, 1, 30000);
    fake.vm[1].info.restart_delay_ms = 60000;
    another_daemon();
    assert_in_range(kept_now().restart_in_ms, 1, 30000);
    vm = vm_connection(1);
    assert_int_equal(remote_plain(vm, "stop"), 0);
    close(vm);
    another_daemon();
    assert_int_equal(kept_now().restart_in_ms, SHYPER_NO_RESTART);
    assert_string_equal(fake.asked, "");
}

static void a_restart_that_is_not_possible_is_given_up(void **state)
{
    fake.vm[1].info.boot_time = 0;
    crashes(1);                         /* and nothing is kept of its images */
    while (kept_now().restart_in_ms != SHYPER_NO_RESTART) { usleep(1000); }
    assert_string_equal(fake.asked, "");
}

static void what_is_asked_of_a_waiting_vm_overrules_its_policy(void **state)
{
    int vm = vm_connection(1);

    fake.vm[1].info.restart = SHYPER_RESTART_ALWAYS;
    fake.vm[1].info.restart_delay_ms = 60000;
    fake.vm[1].info.state = SHYPER_VM_STOPPED;
    fake.vm[1].info.reason = SHYPER_REASON_OFF;
    assert_int_equal(remote_plain(vm, "stop"), 0);
    assert_string_equal(fake.asked, "");
    assert_int_equal(remote_plain(vm, "stop"), -EBUSY);         /* now it just does not run */
    close(vm);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_fresh, daemon_clean)
    const struct CMUnitTest tests[] = {
        TEST(a_crashed_vm_is_started_again_from_what_is_kept),
        TEST(a_new_daemon_goes_on_waiting_where_the_old_one_was),
        TEST(a_new_daemon_keeps_to_what_was_decided),
        TEST(a_restart_that_is_not_possible_is_given_up),
        TEST(what_is_asked_of_a_waiting_vm_overrules_its_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

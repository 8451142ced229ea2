/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c tests/unit/hypervisor/fake/tree.c
/* What is done between the end of the management VM and its next start: devices quiet, guests' memories closed, new seeds; and
 * when there is no next start, the guests go on without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm_restart.h"
#include "hypervisor/core/vm_load.h"
#include "hypervisor/core/watch.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

static struct board_count before;
static struct vm *mvm, *guest;

static int board(void **state)
{
    board_init(3, 2);
    return 0;
}

static int start(void **state)
{
    struct vm_config *c;
    const char *why;

    before = board_count();
    platform.dma_count = 0;
    platform.dma_unknown = NULL;
    mvm = board_mvm(1);
    mvm->config.restart = SHYPER_RESTART_ALWAYS;
    c = board_config("one", 1, 6 * MIB);
    c->cpu_bitmap = 1;                          /* keeps the core busy: the job goes on when its timer fires */
    if (vm_make(c, false, &guest, &why) != 0) return -1;
    if (vm_boot(mvm) != 0 || vm_boot(guest) != 0) return -1;
    board_settle();
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    mvm_restarted();            /* whatever a test left half done */
    mvm->state = SHYPER_VM_RUNNING;
    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

/* Piece by piece, while time passes. */
static int clear(uint32_t *pieces)
{
    int err;

    for (*pieces = 0; (err = mvm_clear_some(mvm)) == -EAGAIN; ++*pieces) {
        assert_true(*pieces < 1000);
        host_time_advance(HOST_COUNTER_HZ / 1000);
    }
    return err;
}

/* What was logged since the last call. */
static const char *new_log(void)
{
    static uint8_t log[4096];
    static uint64_t cursor;
    uint64_t lost;

    log[log_read(&cursor, log, sizeof(log) - 1, &lost)] = '\0';
    return (const char *)log;
}

static bool mvm_sees(uint64_t pa)
{
    enum s2_attr attr;
    uint64_t leaf;
    pa_t to;

    return s2_lookup(&mvm->s2, IPA(pa), &to, &attr, &leaf) == 0;
}

static void guests_memories_are_closed(void **state)
{
    uint64_t pa = guest->mem.run[0].pa;
    uint32_t pieces;

    guest_mem_open(guest);
    guest_mem_open(guest);
    while (!mvm_sees(pa)) assert_int_equal(guest_mem_fault(mvm, IPA(pa)), 0);
    assert_int_equal(clear(&pieces), 0);
    assert_int_equal(guest->mem.opens, 0);
    assert_false(mvm_sees(pa));
    assert_int_equal(guest_mem_fault(mvm, IPA(pa)), -EFAULT);
    assert_int_equal(guest->state, SHYPER_VM_RUNNING);
    assert_true(pieces > 10);                   /* and what devices had sent has arrived meanwhile */
    assert_int_equal(mvm_clear_some(mvm), 0);   /* done is done, until it runs again */
    mvm_restarted();
    assert_int_equal(mvm_clear_some(mvm), -EAGAIN);
}

/* Time passes for everybody: timers fire on their CPUs, and the cores act. */
static void pass_ms(uint32_t ms)
{
    for (; ms > 0; ms -= 10) {
        host_time_advance(HOST_COUNTER_HZ / 100);
        for (uint32_t i = 0; i < cpu_count; i++) {
            host_cpu_set(i);
            timer_interrupt();
        }
        board_settle();
    }
}

static void panics(void)
{
    mvm->config.restart_delay_ms = 10;
    vm_end(mvm, SHYPER_REASON_RESET, 0);
    board_settle();
    pass_ms(1000);
}

static void it_runs_again_soon(void **state)
{
    panics();
    assert_int_equal(mvm->state, SHYPER_VM_RUNNING);
    assert_int_equal(mvm->restarts, 1);
}

static void one_that_hangs_is_started_again_too(void **state)
{
    mvm->config.heartbeat_ms = 500;
    mvm->config.restart_delay_ms = 10;
    watch_start(mvm);
    pass_ms(490);
    assert_int_equal(mvm->restarts, 0);
    pass_ms(400);
    assert_int_equal(mvm->state, SHYPER_VM_RUNNING);
    assert_int_equal(mvm->restarts, 1);
    assert_int_equal(guest->state, SHYPER_VM_RUNNING);
}

static void expect_end_without(const char *because)
{
    const char *log;

    panics();
    log = new_log();
    assert_non_null(strstr(log, because));
    assert_non_null(strstr(log, "could not be started again; the guests go on without it"));
    assert_int_equal(mvm->state, SHYPER_VM_CRASHED);
    assert_int_equal(mvm->restarts, 0);
    assert_int_equal(guest->state, SHYPER_VM_RUNNING);
    pass_ms(1000);
    assert_int_equal(mvm->state, SHYPER_VM_CRASHED);
}

static void its_profile_may_forbid_it(void **state)
{
    mvm->config.restart = SHYPER_RESTART_NEVER;
    expect_end_without("not started again: its profile says so");
}

static void memory_that_is_still_written_is_not_used_again(void **state)
{
    platform.dma_unknown = "dma@1000";
    expect_end_without("not started again: dma@1000 may still write to memory");
}

static void images_that_do_not_load_are_its_end(void **state)
{
    vm_add_image(mvm, BOARD_RAM - 4096, "image", 5);
    expect_end_without("could not be started again");
}

static void the_last_guest_ends(void *arg)
{
    panics();
    vm_end(guest, SHYPER_REASON_OFF, 0);
    board_settle();
}

/* Nobody is left who could start anything. */
static void without_it_the_end_of_the_last_guest_ends_the_machine(void **state)
{
    vm_add_image(mvm, BOARD_RAM - 4096, "image", 5);
    assert_int_equal(host_run(the_last_guest_ends, NULL), HOST_RESET);
}

static void each_start_has_seeds_of_its_own(void **state)
{
    static const uint8_t zero[32];
    uint64_t tree[64];
    uint8_t kaslr[2][8], rng[2][32];
    int chosen;
    uint32_t pieces;

    platform.has_entropy = true;
    memset(platform.entropy, 0x5a, sizeof(platform.entropy));
    assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    chosen = fdt_add_subnode(tree, 0, "chosen");
    assert_int_equal(fdt_setprop(tree, chosen, "kaslr-seed", zero, 8), 0);
    assert_int_equal(fdt_setprop(tree, chosen, "rng-seed", zero, 32), 0);
    mvm_restart_tree(tree, fdt_totalsize(tree));
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(clear(&pieces), 0);
        memcpy(kaslr[i], fdt_getprop(tree, chosen, "kaslr-seed", NULL), sizeof(kaslr[i]));
        memcpy(rng[i], fdt_getprop(tree, chosen, "rng-seed", NULL), sizeof(rng[i]));
        mvm_restarted();
    }
    assert_memory_not_equal(kaslr[0], zero, sizeof(kaslr[0]));
    assert_memory_not_equal(rng[0], zero, sizeof(rng[0]));
    assert_memory_not_equal(kaslr[0], kaslr[1], sizeof(kaslr[0]));
    assert_memory_not_equal(rng[0], rng[1], sizeof(rng[0]));
    platform.has_entropy = false;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(guests_memories_are_closed), TEST(it_runs_again_soon), TEST(one_that_hangs_is_started_again_too),
        TEST(its_profile_may_forbid_it), TEST(memory_that_is_still_written_is_not_used_again),
        TEST(images_that_do_not_load_are_its_end), TEST(without_it_the_end_of_the_last_guest_ends_the_machine),
        TEST(each_start_has_seeds_of_its_own),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

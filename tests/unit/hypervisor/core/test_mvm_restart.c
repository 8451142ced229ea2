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
    before = board_count();
    platform.dma_count = 0;
    platform.dma_unknown = NULL;
    mvm = board_mvm(1);
    mvm->config.restart = SHYPER_RESTART_ALWAYS;
    guest = board_guest("one", 1, 6 * MIB);
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

static void expect_log(const char *text)
{
    static uint8_t log[4096];
    static uint64_t cursor;
    uint64_t lost;
    uint32_t n = log_read(&cursor, log, sizeof(log) - 1, &lost);

    log[n] = '\0';
    if (strstr((char *)log, text) == NULL) fail_msg("\"%s\" is not in: %s", text, log);
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

static void expect_end_without(const char *because)
{
    uint32_t pieces;

    assert_int_equal(clear(&pieces), -EPERM);
    expect_log(because);
    assert_int_equal(mvm->state, SHYPER_VM_CRASHED);
    assert_int_equal(guest->state, SHYPER_VM_RUNNING);
}

static void its_profile_may_forbid_it(void **state)
{
    mvm->config.restart = SHYPER_RESTART_NEVER;
    expect_end_without("not started again: its profile says so; the guests go on without it");
}

static void memory_that_is_still_written_is_not_used_again(void **state)
{
    platform.dma_unknown = "dma@1000";
    expect_end_without("not started again: dma@1000 may still write to memory");
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
        TEST(guests_memories_are_closed), TEST(its_profile_may_forbid_it), TEST(memory_that_is_still_written_is_not_used_again),
        TEST(each_start_has_seeds_of_its_own),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c hypervisor/core/mvm.c hypervisor/core/mvm_tree.c
// sources: hypervisor/core/mvm_tree_edit.c hypervisor/core/mvm_tree_new.c lib/fdt_writer.c
// sources: tests/unit/hypervisor/fake/tree.c
/* Making the management VM and putting its images where they fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/irq.h"
#include "hypervisor/core/mvm.h"
#include "lib/crc32.h"
#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define TEXT_OFFSET 0x80000u
#define IMAGE_SIZE  (3 * MIB)

static struct board_count before;
static struct bundle bundle;
static uint32_t blob[256];
static uint64_t kernel[70000], ramdisk[40000];
static struct tree firmware;

static int board(void **state)
{
    board_init(3, 2);
    firmware = tree_from_dts("tests/unit/hypervisor/core/fixtures/soc-gic400.dts");
    return 0;
}

static int done(void **state)
{
    tree_free(&firmware);
    return 0;
}

static void add_member(const char *name, const void *data, uint32_t bytes)
{
    bundle.member[bundle.count++] = (struct bundle_member){ name, data, bytes, crc32(0, data, bytes) };
}

static int start(void **state)
{
    before = board_count();
    memset(&bundle, 0, sizeof(bundle));
    for (size_t i = 0; i < ARRAY_LEN(kernel); i++) kernel[i] = i * 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < ARRAY_LEN(ramdisk); i++) ramdisk[i] = ~i;
    kernel[1] = TEXT_OFFSET;                    /* as a kernel's header has them: text_offset, image_size, magic */
    kernel[2] = IMAGE_SIZE;
    kernel[7] = 0x644d5241;
    add_member("m", blob, board_blob(blob, sizeof(blob), "mvm", 2, "k", BOARD_RAM));
    bundle.mvm = &bundle.member[0];
    add_member("k", kernel, sizeof(kernel));
    add_member("r", ramdisk, sizeof(ramdisk));
    return 0;
}

/* The tree stays for restarts, so its pages are freed here, by whoever looks up where they went. */
static int all_back(void **state)
{
    struct vm *mvm = vm_of_mvm();
    struct board_count now;
    void *tree = mvm != NULL && mvm->image_count > 1 ? (void *)(uintptr_t)mvm->image[1].data : NULL;

    board_clear();
    if (tree != NULL) page_free(tree, 16);
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

static const struct ranges two_pieces = { 2, { { 0x40500000, 0x40700000 }, { 0x41000000, 0x80000000 } } };

static void it_has_the_boards_addresses_and_interrupts(void **state)
{
    const char *why;
    struct vm *vm;

    assert_int_equal(mvm_make(&bundle, &two_pieces, &why), 0);
    vm = vm_of_mvm();
    assert_true(vm->is_mvm && vm->boot_time);
    assert_int_equal(vm->vcpu_count, 2);
    assert_int_equal(vm->mem.run_count, 2);
    assert_int_equal(vm->mem.run[1].ipa, vm->mem.run[1].pa);
    assert_int_equal(vm->mem.bytes, ranges_total(&two_pieces));
    assert_int_equal(vm->device[0].config.ipa, platform.gicd.base);
    for (uint32_t i = 32; i < BOARD_SPI_END; i++) assert_int_equal(irq_owner(i) == vm, i != vgic_doorbell_intid());
}

/* regression: 54 */
static void making_it_fails_whole(void **state)
{
    struct ranges many = { .count = MEM_RUN_MAX + 1 };
    const char *why = NULL;
    struct board_count now;
    uint32_t n;
    int err = 1;

    for (uint32_t i = 0; i < many.count; i++) many.at[i] = (struct range){ GIB + i * 4 * MIB, GIB + i * 4 * MIB + 2 * MIB };
    assert_int_equal(mvm_make(&bundle, &many, &why), -E2BIG);
    assert_non_null(strstr(why, "pieces"));
    now = board_count();
    assert_true(board_count_same(&before, &now));
    for (n = 1; err != 0; n++) {
        fake_page_fail(n);
        err = mvm_make(&bundle, &two_pieces, &why);
        fake_page_fail(0);
        if (err == 0) break;
        assert_int_equal(err, -ENOMEM);
        assert_null(vm_of_mvm());
        now = board_count();
        assert_true(board_count_same(&before, &now));
    }
    assert_true(n > 4);
}

static void its_images_lie_apart_in_one_piece_of_ram(void **state)
{
    const char *why = "";
    struct vm *vm;
    int err;

    assert_int_equal(mvm_make(&bundle, &two_pieces, &why), 0);
    vm = vm_of_mvm();
    vm->config.ramdisk = "r";
    err = mvm_load_and_boot(&bundle, firmware.fdt, &why);
    if (err != 0) fail_msg("%d: %s", err, why);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(vm->vcpu[0]->arch.pc, 0x41000000 + TEXT_OFFSET);          /* the first piece is too small */
    assert_int_equal(vm->vcpu[0]->arch.context, vm->config.dtb);
    assert_memory_equal(host_ram(PA(0x41000000 + TEXT_OFFSET)), kernel, sizeof(kernel));
    assert_int_equal(vm->image_count, 3);
    assert_true(vm->image[2].ipa >= 0x41000000 + TEXT_OFFSET + IMAGE_SIZE);     /* its memory is cleared by itself */
    assert_true(vm->image[1].ipa >= vm->image[2].ipa + sizeof(ramdisk));
    assert_true(is_aligned(vm->image[1].ipa | vm->image[2].ipa, 2 * MIB));
    assert_memory_equal(host_ram(PA(vm->image[2].ipa)), ramdisk, sizeof(ramdisk));
    assert_int_equal(fdt_check_header(host_ram(PA(vm->config.dtb))), 0);
}

static void expect_refusal(const char *because)
{
    const char *why = "";

    assert_true(mvm_load_and_boot(&bundle, firmware.fdt, &why) < 0);
    if (strstr(why, because) == NULL) fail_msg("%s", why);
    assert_int_equal(vm_of_mvm()->state, SHYPER_VM_CREATED);
}

static void images_that_cannot_be_are_refused(void **state)
{
    const char *why;
    struct vm *vm;

    assert_int_equal(mvm_make(&bundle, &two_pieces, &why), 0);
    vm = vm_of_mvm();
    vm->config.kernel = NULL;
    expect_refusal("names no kernel");
    vm->config.kernel = "lost";
    expect_refusal("lacks an image");
    vm->config.kernel = "r";
    expect_refusal("not an arm64 Image");
    vm->config.kernel = "k";
    vm->config.ramdisk = "lost";
    expect_refusal("lacks an image");
    vm->config.ramdisk = "r";
    bundle.member[2].crc ^= 1;
    expect_refusal("corrupt");
    bundle.member[2].crc ^= 1;
    kernel[2] = GIB + 1;
    bundle.member[1].crc = crc32(0, kernel, sizeof(kernel));
    expect_refusal("not an arm64 Image");
    kernel[2] = GIB;
    bundle.member[1].crc = crc32(0, kernel, sizeof(kernel));
    expect_refusal("do not fit");
    fake_page_fail(1);
    kernel[2] = IMAGE_SIZE;
    bundle.member[1].crc = crc32(0, kernel, sizeof(kernel));
    expect_refusal("no memory left");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(it_has_the_boards_addresses_and_interrupts), TEST(making_it_fails_whole),
        TEST(its_images_lie_apart_in_one_piece_of_ram), TEST(images_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, board, done);
}

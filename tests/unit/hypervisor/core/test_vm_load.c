/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Loading of images, and the boot-time VMs of a bundle: one that cannot start leaves nothing, and the others do start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/log.h"
#include "hypervisor/core/vm_load.h"
#include "lib/crc32.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

static struct board_count before;
static uint64_t log_cursor;
static uint8_t kernel[600 * 1024 + 3];
static uint32_t blobs[4][1024];
static struct bundle bundle;
static uint64_t guest_tree[64];

static int board(void **state)
{
    board_init(3, 2);
    for (size_t i = 0; i < sizeof(kernel); i++) kernel[i] = (uint8_t)(i * 13 + (i >> 9));
    return 0;
}

static int start(void **state)
{
    uint8_t text[64];
    uint64_t lost;

    before = board_count();
    memset(&bundle, 0, sizeof(bundle));
    while (log_read(&log_cursor, text, sizeof(text), &lost) > 0) continue;
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_mvm(1);               /* so that the end of the last guest is not the machine's */
    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

static void add_member(const char *name, const void *data, uint32_t bytes)
{
    bundle.member[bundle.count++] = (struct bundle_member){ name, data, bytes, crc32(0, data, bytes) };
}

static void add_vm(const char *name, const char *image, uint64_t load)
{
    void *blob = blobs[bundle.vm_count];

    add_member(name, blob, board_blob(blob, sizeof(blobs[0]), name, 1, image, load));
    bundle.vm[bundle.vm_count++] = &bundle.member[bundle.count - 1];
}

static void expect_log(const char *text)
{
    static uint8_t log[4096];
    uint64_t lost;
    uint32_t n = log_read(&log_cursor, log, sizeof(log) - 1, &lost);

    log[n] = '\0';
    if (strstr((char *)log, text) == NULL) fail_msg("\"%s\" is not in: %s", text, log);
}

static void vms_of_the_bundle_are_made_loaded_and_booted(void **state)
{
    static uint8_t back[sizeof(kernel)];

    add_member("k", kernel, sizeof(kernel));
    add_vm("one", "k", BOARD_RAM + 0x1000);
    add_vm("two", "k", BOARD_RAM + 0x2000);
    assert_int_equal(bundle_make_vms(&bundle), 2);
    assert_int_equal(guest_read(vms[1], IPA(BOARD_RAM + 0x1000), back, sizeof(back)), 0);
    assert_memory_equal(back, kernel, sizeof(kernel));
    assert_int_equal(guest_read(vms[2], IPA(BOARD_RAM + 0x2000), back, sizeof(back)), 0);
    assert_memory_equal(back, kernel, sizeof(kernel));
    assert_true(vms[1]->boot_time && vms[2]->boot_time);
    bundle_boot_vms();
    board_settle();
    assert_int_equal(vms[1]->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(vms[2]->vcpu[0]->state, VCPU_RUNNING);
}

static void code_is_cleaned_for_a_guest_without_caches(void **state)
{
    uint64_t cleaned = host_cleaned_bytes;
    uint32_t syncs = host_icache_syncs;

    add_member("k", kernel, sizeof(kernel));
    add_vm("one", "k", BOARD_RAM);
    assert_int_equal(bundle_make_vms(&bundle), 1);
    assert_int_equal(host_cleaned_bytes - cleaned, sizeof(kernel));
    assert_int_equal(host_icache_syncs - syncs, 1);
}

/* The usual VM, whose profile also names a ramdisk, and a device tree for one GIC version. */
static void add_vm_with_all_images(const char *tree)
{
    fdt64_t dtb = cpu_to_fdt64(BOARD_RAM + 0x200000), ramdisk = cpu_to_fdt64(BOARD_RAM + 0x300000);
    void *blob = blobs[0];
    int image, size;

    add_member("k", kernel, sizeof(kernel));
    (void)board_blob(blob, sizeof(blobs[0]), "one", 1, "k", BOARD_RAM);
    assert_int_equal(fdt_open_into(blob, blob, sizeof(blobs[0])), 0);
    image = fdt_path_offset(blob, "/image");
    assert_int_equal(fdt_setprop_inplace(blob, image, "dtb", &dtb, sizeof(dtb)), 0);
    assert_int_equal(fdt_setprop(blob, image, "ramdisk-load", &ramdisk, sizeof(ramdisk)), 0);
    assert_int_equal(fdt_setprop(blob, image, "ramdisk", "r", 2), 0);
    assert_int_equal(fdt_create_empty_tree(guest_tree, sizeof(guest_tree)), 0);
    assert_int_equal(fdt_pack(guest_tree), 0);
    size = (int)fdt_totalsize(guest_tree);
    assert_int_equal(fdt_setprop(blob, fdt_path_offset(blob, "/image"), tree, guest_tree, size), 0);
    assert_int_equal(fdt_pack(blob), 0);
    add_member("one", blob, fdt_totalsize(blob));
    bundle.vm[bundle.vm_count++] = &bundle.member[bundle.count - 1];
}

static void tree_and_ramdisk_come_with_the_kernel(void **state)
{
    static const char ramdisk[] = "files";
    uint8_t back[256];

    add_vm_with_all_images("dtb-gicv3");
    add_member("r", ramdisk, sizeof(ramdisk));
    assert_int_equal(bundle_make_vms(&bundle), 1);
    assert_int_equal(vms[1]->image_count, 3);
    assert_int_equal(guest_read(vms[1], IPA(BOARD_RAM + 0x200000), back, fdt_totalsize(guest_tree)), 0);
    assert_memory_equal(back, guest_tree, fdt_totalsize(guest_tree));
    assert_int_equal(guest_read(vms[1], IPA(BOARD_RAM + 0x300000), back, sizeof(ramdisk)), 0);
    assert_memory_equal(back, ramdisk, sizeof(ramdisk));
}

static void a_ramdisk_that_is_not_there_is_named(void **state)
{
    add_vm_with_all_images("dtb-gicv3");
    assert_int_equal(bundle_make_vms(&bundle), 0);
    expect_log("one: the bundle lacks an image");
}

static void a_tree_for_another_controller_does_not_help(void **state)
{
    add_vm_with_all_images("dtb-gicv2");
    add_member("r", "", 1);
    assert_int_equal(bundle_make_vms(&bundle), 0);
    expect_log("one: image: no device tree for this board's GIC version");
}

static void a_damaged_profile_is_refused(void **state)
{
    add_member("k", kernel, sizeof(kernel));
    add_vm("bad", "k", BOARD_RAM);
    bundle.member[1].crc ^= 1;
    assert_int_equal(bundle_make_vms(&bundle), 0);
    expect_log("bad: the profile is corrupt");
}

static void a_missing_image_is_named_and_the_others_start(void **state)
{
    add_member("k", kernel, sizeof(kernel));
    add_vm("bad", "lost", BOARD_RAM);
    add_vm("good", "k", BOARD_RAM);
    assert_int_equal(bundle_make_vms(&bundle), 1);
    expect_log("bad: the bundle lacks an image");
    assert_string_equal(vms[1]->config.name, "good");
}

static void a_damaged_image_is_refused(void **state)
{
    add_member("k", kernel, sizeof(kernel));
    bundle.member[0].crc ^= 1;
    add_vm("bad", "k", BOARD_RAM);
    assert_int_equal(bundle_make_vms(&bundle), 0);
    expect_log("corrupt");
}

/* regression: 5 */
static void an_image_outside_the_ram_is_refused(void **state)
{
    static const uint64_t bad[] = { 0, BOARD_RAM - 1, BOARD_RAM + 4 * MIB - 100, BOARD_RAM + 4 * MIB, UINT64_MAX - 10 };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        memset(&bundle, 0, sizeof(bundle));
        add_member("k", kernel, sizeof(kernel));
        add_vm("bad", "k", bad[i]);
        assert_int_equal(bundle_make_vms(&bundle), 0);
        assert_null(vms[1]);
    }
}

static void a_profile_that_makes_no_sense_is_refused(void **state)
{
    add_member("bad", "no profile at all ..................................", 52);
    bundle.vm[bundle.vm_count++] = &bundle.member[0];
    add_member("k", kernel, sizeof(kernel));
    add_vm("good", "k", BOARD_RAM);
    assert_int_equal(bundle_make_vms(&bundle), 1);
}

static void two_of_one_name_are_one(void **state)
{
    add_member("k", kernel, sizeof(kernel));
    add_vm("same", "k", BOARD_RAM);
    add_vm("same", "k", BOARD_RAM);
    assert_int_equal(bundle_make_vms(&bundle), 1);
    expect_log("another VM has it");
}

/* regression: 54 */
static void no_memory_leaves_nothing(void **state)
{
    uint32_t n, made = 0;

    add_member("k", kernel, sizeof(kernel));
    add_vm("one", "k", BOARD_RAM);
    for (n = 1; made == 0; n++) {
        struct board_count now;

        fake_page_fail(n);
        made = bundle_make_vms(&bundle);
        fake_page_fail(0);
        if (made != 0) break;
        now = board_count();
        assert_true(board_count_same(&before, &now));
    }
    assert_true(n > 3);
}

static void pieces_are_bounded(void **state)
{
    struct vm *vm = board_guest("one", 1, 4 * MIB);
    uint32_t calls = 1;

    vm_add_image(vm, BOARD_RAM, kernel, sizeof(kernel));
    vm_add_image(vm, BOARD_RAM + MIB, kernel, 0);               /* nothing to load: no image */
    assert_int_equal(vm->image_count, 1);
    for (uint64_t cleaned = host_cleaned_bytes; vm_load_some(vm) == -EAGAIN; cleaned = host_cleaned_bytes, calls++)
        assert_true(host_cleaned_bytes - cleaned <= 32 * KIB);
    assert_int_equal(calls, 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(vms_of_the_bundle_are_made_loaded_and_booted), TEST(code_is_cleaned_for_a_guest_without_caches),
        TEST(tree_and_ramdisk_come_with_the_kernel), TEST(a_ramdisk_that_is_not_there_is_named),
        TEST(a_tree_for_another_controller_does_not_help), TEST(a_damaged_profile_is_refused),
        TEST(a_missing_image_is_named_and_the_others_start), TEST(a_damaged_image_is_refused),
        TEST(an_image_outside_the_ram_is_refused), TEST(a_profile_that_makes_no_sense_is_refused),
        TEST(two_of_one_name_are_one), TEST(no_memory_leaves_nothing), TEST(pieces_are_bounded),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

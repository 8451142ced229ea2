/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/number.c libfdt -ljansson
/* Where things are put. What does not fit: test_profile_refusals. */
#include "tests/unit/mvm/libshyper/profile_try.h"

#define MIB2 (2 * MIB)

/* Lay out a short profile whose kernel takes `kernel` bytes of memory and whose ramdisk has
 * `ramdisk` bytes (0: none). */
static int layout(struct profile *p, const char *more, uint64_t kernel, uint64_t ramdisk,
                  uint64_t text_offset)
{
    struct profile_errors e = { 0 };
    char json[512];

    (void)snprintf(json, sizeof json, "{\"name\": \"a\", \"kernel\": \"k\"%s%s}",
                   ramdisk > 0 ? ", \"ramdisk\": \"r\"" : "", more);
    assert_int_equal(profile_parse(json, strlen(json), p, &e), 0);
    p->type = SHYPER_VM_TYPE_LINUX;
    p->has_header = true;
    p->image_bytes = kernel;
    p->text_offset = text_offset;
    p->kernel.bytes = kernel;
    p->ramdisk.bytes = ramdisk;
    return profile_layout(p, &e);
}

static void small_guest_stays_in_one_block(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(layout(&p, "", 64 * KIB + 1, 3000, 0), 0);
    assert_int_equal(p.load, 0x40000000);
    assert_int_equal(p.dtb, 0x40011000);
    assert_int_equal(p.ramdisk_load, 0x40012000);
    profile_free(&p);
}

static void tree_does_not_cross_a_block(void **state)
{
    (void)state;
    /* Leave less than a tree takes, step by step, at the end of the first block. */
    for (uint64_t left = 0; left <= 0x3000; left += 0x400) {
        struct profile p;

        assert_int_equal(layout(&p, "", MIB2 - left, 5000, 0), 0);
        assert_true(p.dtb_bytes > 0x400);
        assert_int_equal(p.dtb / MIB2, (p.dtb + p.dtb_bytes - 1) / MIB2);
        assert_true(p.dtb >= p.load + p.image_bytes);
        assert_true(p.ramdisk_load >= p.dtb + p.dtb_bytes ||
                    p.ramdisk_load + p.ramdisk.bytes <= p.dtb);
        profile_free(&p);
    }
}

static void text_offset_counts_from_a_block(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(layout(&p, "", MIB, 0, 0x80000), 0);
    assert_int_equal(p.load, 0x40080000);
    assert_int_equal(p.entry, 0x40080000);
    profile_free(&p);
    assert_int_equal(layout(&p,
                            ", \"memory\": {\"region\": [{\"ipa_start\": \"0x40001000\", "
                            "\"length\": \"0x4000000\"}]}",
                            MIB, 0, 0x80000),
                     0);
    assert_int_equal(p.load, 0x40280000);
    profile_free(&p);
}

static void neighbouring_regions_hold_one_kernel(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(
        layout(
            &p,
            ", \"memory\": {\"region\": [{\"ipa_start\": \"0x40000000\", \"length\": \"0x100000\"},"
            "{\"ipa_start\": \"0x40100000\", \"length\": \"0x100000\"}]}",
            MIB + MIB / 2, 0, 0),
        0);
    assert_int_equal(p.dtb, 0x40180000);
    profile_free(&p);
}

static void hole_is_stepped_over(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(
        layout(
            &p,
            ", \"memory\": {\"region\": [{\"ipa_start\": \"0x40000000\", \"length\": \"0x101000\"},"
            "{\"ipa_start\": \"0x50000000\", \"length\": \"0x100000\"}]}",
            MIB, 8192, 0),
        0);
    assert_int_equal(p.dtb, 0x40100000);
    assert_int_equal(p.ramdisk_load, 0x50000000);
    profile_free(&p);
}

static void chosen_tree_goes_around_a_given_ramdisk(void **state)
{
    struct profile p;

    (void)state;
    profile_must(
        "{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", \"ramdisk_filename\": \"r\","
        "\"ramdisk_load_ipa\": \"0x40100000\"}}",
        &p);
    assert_int_equal(p.ramdisk_load, 0x40100000);
    assert_int_equal(p.dtb, 0x40103000);
    profile_free(&p);
}

static void exact_fit_is_taken_and_one_page_less_refused(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(layout(&p, ", \"memory\": \"2M\"", MIB, MIB - 0x1000, 0), 0);
    assert_int_equal(p.ramdisk_load + p.ramdisk.bytes, 0x40200000);
    profile_free(&p);
    assert_int_equal(layout(&p, ", \"memory\": \"2M\"", MIB, MIB - 0xfff, 0), -22);
    profile_free(&p);
}

static void huge_files_are_refused_without_wrapping(void **state)
{
    struct profile p;

    (void)state;
    assert_int_equal(layout(&p, "", UINT64_MAX - 0x1000, 0, 0), -22);
    profile_free(&p);
    assert_int_equal(layout(&p, "", MIB, UINT64_MAX - 0x1000, 0), -22);
    profile_free(&p);
}

/* A Tegra-like map: GICD and GICC side by side, so there is no room for a 64 KiB distributor of
 * version 3. */
static void narrow_gic_serves_version_2_only(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;
    size_t bytes;
    void *dtb;

    (void)state;
    profile_must("{\"name\": \"a\", \"kernel\": \"k\", \"dtb_device\": {\"dtb_device_list\": ["
                 "{\"type\": \"DTB_DEVICE_T_GICD\", \"addr_region_ipa\": \"0x3881000\"},"
                 "{\"type\": \"DTB_DEVICE_T_GICC\", \"addr_region_ipa\": \"0x3882000\"}]}}",
                 &p);
    assert_true(p.gicv2);
    assert_false(p.gicv3);
    assert_int_equal(p.gicd.bytes, 0x1000);
    assert_int_equal(profile_guest_dtb(&p, 3, &dtb, &bytes, &e), -22);
    assert_non_null(strstr(e.at[0].reason, "the GIC has version 3"));
    profile_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_guest_stays_in_one_block),
        cmocka_unit_test(tree_does_not_cross_a_block),
        cmocka_unit_test(text_offset_counts_from_a_block),
        cmocka_unit_test(neighbouring_regions_hold_one_kernel),
        cmocka_unit_test(hole_is_stepped_over),
        cmocka_unit_test(chosen_tree_goes_around_a_given_ramdisk),
        cmocka_unit_test(exact_fit_is_taken_and_one_page_less_refused),
        cmocka_unit_test(huge_files_are_refused_without_wrapping),
        cmocka_unit_test(narrow_gic_serves_version_2_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

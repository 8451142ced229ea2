/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/number.c libfdt -ljansson
/* What profiles say when they are good. What is refused: test_profile_refusals. */
#include "tests/unit/mvm/libshyper/profile_try.h"
#include "tests/unit/mvm/libshyper/template.h"

static void template_is_taken_as_written(void **state)
{
    struct profile p;

    (void)state;
    profile_must(TEMPLATE, &p);
    assert_string_equal(p.name, "guest-os-0");
    assert_int_equal(p.type, SHYPER_VM_TYPE_LINUX);
    assert_string_equal(p.cmdline, "earlycon console=ttyAMA0 root=/dev/vda rw audit=0");
    assert_string_equal(p.kernel.path, "Image");
    assert_string_equal(p.ramdisk.path, "initrd.gz");
    assert_int_equal(p.load, 0x80080000);
    assert_int_equal(p.entry, 0x80080000);
    assert_int_equal(p.dtb, 0x80000000);
    assert_int_equal(p.ramdisk_load, 0x84000000);
    assert_int_equal(p.memory_count, 1);
    assert_int_equal(p.memory[0].ipa, 0x80000000);
    assert_int_equal(p.memory[0].bytes, 0x40000000);
    assert_int_equal(p.cpu_count, 2);
    assert_int_equal(p.cpu_bitmap, 0xc);
    assert_int_equal(p.cpu_master, 3);
    assert_int_equal(p.gicd.ipa, 0x8000000);
    assert_string_equal(p.gicd.name, "intc@8000000");
    assert_int_equal(p.gicc.ipa, 0x8010000);
    assert_int_equal(p.gicc.bytes, 0x2000);
    assert_int_equal(p.uart.ipa, 0x3100000);
    assert_int_equal(p.uart_irq, 144);
    assert_true(p.gicv2);
    assert_true(p.gicv3);
    profile_free(&p);
}

static void short_form_chooses_everything_else(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"a\", \"kernel\": \"k\"}", &p);
    assert_int_equal(p.memory_count, 1);
    assert_int_equal(p.memory[0].ipa, 0x40000000);
    assert_int_equal(p.memory[0].bytes, 64 * MIB);
    assert_int_equal(p.cpu_count, 1);
    assert_int_equal(p.cpu_bitmap, 0);
    assert_int_equal(p.cpu_master, PROFILE_MASTER_LOWEST);
    assert_int_equal(p.load, 0x40000000);
    assert_int_equal(p.entry, 0x40000000);
    assert_int_equal(p.dtb, 0x40100000);
    assert_int_equal(p.ramdisk_load, 0);
    assert_int_equal(p.uart.ipa, 0x09000000);
    assert_int_equal(p.uart.bytes, 0x1000);
    assert_int_equal(p.uart_irq, 33);
    assert_int_equal(p.uart_model, SHYPER_UART_SBSA);
    assert_int_equal(p.gicd.ipa, 0x08000000);
    assert_int_equal(p.gicd.bytes, 0x10000);
    assert_int_equal(p.gicc.ipa, 0x08010000);
    assert_int_equal(p.gicr.ipa, 0x080a0000);
    assert_int_equal(p.gicr.bytes, 0x20000);
    profile_free(&p);
}

static void short_form_says_what_the_template_says(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"A.b_c-9\", \"kernel\": \"/k\", \"ramdisk\": \"/r\", \"cpus\": 2, "
                 "\"cpu_bitmap\": \"0b110\","
                 "\"memory\": \"128M\", \"cmdline\": \"quiet\", \"type\": \"BARE_METAL\"}",
                 &p);
    assert_int_equal(p.type, SHYPER_VM_TYPE_BARE_METAL);
    assert_int_equal(p.memory[0].bytes, 128 * MIB);
    assert_int_equal(p.cpu_count, 2);
    assert_int_equal(p.cpu_bitmap, 6);
    assert_string_equal(p.cmdline, "quiet");
    assert_int_equal(p.gicr.bytes, 0x40000);
    assert_true(p.ramdisk_load >= p.dtb + p.dtb_bytes);
    assert_true(is_aligned(p.ramdisk_load, 0x1000));
    profile_free(&p);
}

static void sizes_are_read_in_all_their_spellings(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {
        { "\"64M\"", 64 * MIB },      { "\"64m\"", 64 * MIB },       { "\"1G\"", GIB },
        { "\"8192K\"", 8 * MIB },     { "\"0x4000000\"", 64 * MIB }, { "67108864", 64 * MIB },
        { "\"67108864\"", 64 * MIB },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char json[128];
        struct profile p;

        (void)snprintf(json, sizeof json, "{\"name\": \"a\", \"kernel\": \"k\", \"memory\": %s}",
                       sizes[i].text);
        profile_must(json, &p);
        assert_int_equal(p.memory[0].bytes, sizes[i].bytes);
        profile_free(&p);
    }
}

static void all_spellings_of_a_type_are_known(void **state)
{
    static const struct {
        const char *name;
        uint32_t type;
    } types[] = {
        { "VM_T_LINUX", SHYPER_VM_TYPE_LINUX },
        { "VM_T_BARE_MATEL_APP", SHYPER_VM_TYPE_BARE_METAL },
        { "VM_T_BARE_METAL_APP", SHYPER_VM_TYPE_BARE_METAL },
        { "VM_T_BARE_METAL", SHYPER_VM_TYPE_BARE_METAL },
        { "BARE_METAL", SHYPER_VM_TYPE_BARE_METAL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        char json[128];
        struct profile p;

        (void)snprintf(json, sizeof json, "{\"name\": \"a\", \"kernel\": \"k\", \"type\": \"%s\"}",
                       types[i].name);
        profile_must(json, &p);
        assert_int_equal(p.type, types[i].type);
        profile_free(&p);
    }
}

/* (reference: "-", "" and an absent overlay mean none) */
/* regression: 67 */
static void ways_to_say_none_mean_none(void **state)
{
    static const char *const ways[] = {
        "",
        "\"device_tree_filename\": \"\",",
        "\"device_tree_filename\": \"-\",",
        "\"device_tree_filename\": null,",
        "\"ramdisk_filename\": \"\",",
        "\"ramdisk_filename\": \"-\",",
        "\"ramdisk_load_ipa\": \"0\",",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        char json[256];
        struct profile p;

        (void)snprintf(json, sizeof json,
                       "{\"name\": \"a\", \"image\": {%s \"kernel_filename\": \"k\"}}", ways[i]);
        profile_must(json, &p);
        assert_null(p.ramdisk.path);
        assert_int_equal(p.ramdisk_load, 0);
        profile_free(&p);
    }
}

static void tree_address_zero_means_no_tree(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", "
                 "\"device_tree_load_ipa\": \"0\"}}",
                 &p);
    assert_int_equal(p.dtb, 0);
    profile_free(&p);
}

/* regression: 67 */
static void ramdisk_with_address_zero_is_placed(void **state)
{
    struct profile p;

    (void)state;
    profile_must(
        "{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", \"ramdisk_filename\": \"r\","
        "\"ramdisk_load_ipa\": \"0\"}}",
        &p);
    assert_true(p.ramdisk_load > p.dtb);
    profile_free(&p);
}

/* regression: 67 */
static void entry_point_is_honoured(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"a\", \"image\": {\"kernel_filename\": \"k\", "
                 "\"kernel_entry_point\": \"0x40000040\"}}",
                 &p);
    assert_int_equal(p.load, 0x40000000);
    assert_int_equal(p.entry, 0x40000040);
    profile_free(&p);
}

static void gic_and_console_go_where_dtb_devices_say(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"a\", \"kernel\": \"k\", \"dtb_device\": {\"dtb_device_list\": ["
                 "{\"type\": \"DTB_DEVICE_T_GICD\", \"addr_region_ipa\": \"0x2f000000\"},"
                 "{\"type\": \"DTB_DEVICE_T_GICR\", \"addr_region_ipa\": \"0x2f100000\", "
                 "\"addr_region_length\": \"0x100000\"},"
                 "{\"type\": \"DTB_DEVICE_T_GICC\", \"addr_region_ipa\": \"0x2c000000\"},"
                 "{\"type\": \"DTB_DEVICE_T_CONSOLE\", \"addr_region_ipa\": \"0x1c090000\", "
                 "\"irq_num\": 1, \"irq_list\": [37]}"
                 "]}}",
                 &p);
    assert_int_equal(p.gicd.ipa, 0x2f000000);
    assert_int_equal(p.gicr.ipa, 0x2f100000);
    assert_int_equal(p.gicr.bytes, 0x20000);
    assert_int_equal(p.gicc.ipa, 0x2c000000);
    assert_int_equal(p.uart.ipa, 0x1c090000);
    assert_int_equal(p.uart_irq, 37);
    profile_free(&p);
}

static void console_may_be_a_pl011(void **state)
{
    struct profile p;

    (void)state;
    profile_must(
        "{\"name\": \"a\", \"kernel\": \"k\", \"emulated_device\": {\"emulated_device_list\": ["
        "{\"name\": \"com1\", \"type\": \"EMU_DEVICE_T_CONSOLE\", \"base_ipa\": \"0xa000000\", "
        "\"length\": \"0x1000\","
        "\"irq_id\": 40, \"cfg_num\": 1, \"cfg_list\": [\"0b1\"]}]}}",
        &p);
    assert_int_equal(p.uart_model, SHYPER_UART_PL011);
    assert_int_equal(p.uart_irq, 40);
    assert_string_equal(p.uart.name, "com1");
    profile_free(&p);
}

static void fewer_cpus_than_bits_are_fine(void **state)
{
    struct profile p;

    (void)state;
    profile_must("{\"name\": \"a\", \"kernel\": \"k\", \"cpu\": {\"num\": 1, \"allocate_bitmap\": "
                 "\"0b1111\", \"master\": -1}}",
                 &p);
    assert_int_equal(p.cpu_count, 1);
    assert_int_equal(p.cpu_bitmap, 15);
    assert_int_equal(p.cpu_master, PROFILE_MASTER_LOWEST);
    profile_free(&p);
}

static void template_with_virtio_is_refused_device_by_device(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;

    (void)state;
    assert_int_equal(profile_try(TEMPLATE_HEAD TEMPLATE_VIRTIO TEMPLATE_TAIL, &p, &e), -22);
    assert_int_equal(e.count, 3);
    assert_string_equal(e.at[0].path, "emulated_device.emulated_device_list[1].type");
    assert_string_equal(
        e.at[0].reason,
        "EMU_DEVICE_T_VIRTIO_BLK_MEDIATED is not served by this version; remove this device");
    assert_string_equal(e.at[1].path, "emulated_device.emulated_device_list[2].type");
    assert_string_equal(e.at[2].path, "emulated_device.emulated_device_list[3].type");
    profile_free(&p);
}

static void several_mistakes_are_told_at_once(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;

    (void)state;
    assert_int_equal(profile_try("{\"nam\": \"a\", \"cpus\": 9, \"memory\": []}", &p, &e), -22);
    assert_int_equal(e.count, 5); /* nam, name, kernel, memory, cpus */
    profile_free(&p);
}

static void more_mistakes_than_fit_are_counted(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;

    (void)state;
    assert_int_equal(
        profile_try("{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1}", &p,
                    &e),
        -22);
    assert_int_equal(e.count, 11);
    profile_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template_is_taken_as_written),
        cmocka_unit_test(short_form_chooses_everything_else),
        cmocka_unit_test(short_form_says_what_the_template_says),
        cmocka_unit_test(sizes_are_read_in_all_their_spellings),
        cmocka_unit_test(all_spellings_of_a_type_are_known),
        cmocka_unit_test(ways_to_say_none_mean_none),
        cmocka_unit_test(tree_address_zero_means_no_tree),
        cmocka_unit_test(ramdisk_with_address_zero_is_placed),
        cmocka_unit_test(entry_point_is_honoured),
        cmocka_unit_test(gic_and_console_go_where_dtb_devices_say),
        cmocka_unit_test(console_may_be_a_pl011),
        cmocka_unit_test(fewer_cpus_than_bits_are_fine),
        cmocka_unit_test(template_with_virtio_is_refused_device_by_device),
        cmocka_unit_test(several_mistakes_are_told_at_once),
        cmocka_unit_test(more_mistakes_than_fit_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

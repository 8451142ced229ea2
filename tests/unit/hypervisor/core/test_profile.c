/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/profile.c lib/fdt_cursor.c tests/unit/hypervisor/fake/tree.c libfdt
/* What the hypervisor reads of a profile blob, and blobs that are damaged. */
#define _GNU_SOURCE              /* memmem */
#include "tests/unit/hypervisor/core/profile_blob.h"

static void every_field_arrives(void **state)
{
    struct tree t = full_blob();
    struct vm_config c;
    const char *why;

    tree_pack(&t);
    if (decode(&t, &c, &why) != 0) fail_msg("%s", why);
    assert_string_equal(c.name, "vm-1.A_b");
    assert_int_equal(c.type, SHYPER_VM_TYPE_LINUX);
    assert_string_equal(c.cmdline, "console=ttyAMA0 quiet");
    assert_int_equal(c.entry, 0x40080000);
    assert_int_equal(c.dtb, 0x43000000);
    assert_int_equal(c.load, 0x40080000);
    assert_int_equal(c.ramdisk_load, 0x42000000);
    assert_string_equal(c.kernel, "vm/vm-1.A_b/kernel");
    assert_string_equal(c.ramdisk, "vm/vm-1.A_b/ramdisk");
    for (int i = 0; i < 2; i++) assert_int_equal(c.dtb_gic_bytes[i], fdt_totalsize(c.dtb_gic[i]));
    assert_int_equal(c.memory_count, 2);
    assert_int_equal(c.memory[0].ipa, 0x40000000);
    assert_int_equal(c.memory[0].bytes, 0x4000000);
    assert_int_equal(c.memory[1].ipa, 0x100000000);
    assert_int_equal(c.memory[1].bytes, 0x1000);
    assert_int_equal(c.cpu_count, 2);
    assert_int_equal(c.cpu_bitmap, 6);
    assert_int_equal(c.cpu_master, 2);
    assert_int_equal(c.restart, SHYPER_RESTART_ON_CRASH);
    assert_int_equal(c.restart_delay_ms, 250);
    assert_int_equal(c.heartbeat_ms, 3000);
    assert_int_equal(c.device_count, 3);
    /* libfdt puts a new node in front of its siblings */
    assert_int_equal(c.device[2].type, SHYPER_DEV_CONSOLE);
    assert_string_equal(c.device[2].name, "uart@9000000");
    assert_int_equal(c.device[2].ipa, 0x09000000);
    assert_int_equal(c.device[2].len, 0x1000);
    assert_int_equal(c.device[2].irq, 33);
    assert_int_equal(c.device[2].cfg_count, 1);
    assert_int_equal(c.device[2].cfg[0], SHYPER_UART_PL011);
    assert_int_equal(c.device[0].type, SHYPER_DEV_GICC);
    assert_int_equal(c.device[0].cfg_count, 0);
    tree_free(&t);
}

static void what_is_absent_has_its_default(void **state)
{
    struct tree t = full_blob();
    struct vm_config c;
    const char *why;
    int image = fdt_path_offset(t.fdt, "/image");

    static const char *const props[] = { "dtb",          "load",      "kernel",   "ramdisk",
                                         "ramdisk-load", "dtb-gicv2", "dtb-gicv3" };
    for (size_t i = 0; i < ARRAY_LEN(props); i++)
        assert_int_equal(fdt_delprop(t.fdt, image, props[i]), 0);
    assert_int_equal(fdt_delprop(t.fdt, 0, "cmdline"), 0);
    assert_int_equal(fdt_delprop(t.fdt, fdt_path_offset(t.fdt, "/cpus"), "master"), 0);
    assert_int_equal(fdt_delprop(t.fdt, fdt_path_offset(t.fdt, "/cpus"), "bitmap"), 0);
    assert_int_equal(fdt_del_node(t.fdt, fdt_path_offset(t.fdt, "/devices")), 0);
    assert_int_equal(fdt_del_node(t.fdt, fdt_path_offset(t.fdt, "/restart")), 0);
    assert_int_equal(fdt_del_node(t.fdt, fdt_path_offset(t.fdt, "/heartbeat")), 0);
    tree_pack(&t);
    if (decode(&t, &c, &why) != 0) fail_msg("%s", why);
    assert_string_equal(c.cmdline, "");
    assert_null(c.kernel);
    assert_null(c.ramdisk);
    assert_int_equal(c.dtb, 0);
    assert_null(c.dtb_gic[0]);
    assert_int_equal(c.cpu_bitmap, 0);
    assert_int_equal(c.cpu_master, UINT32_MAX);
    assert_int_equal(c.sched.class, SHYPER_CLASS_FAIR);
    assert_int_equal(c.sched.weight, SHYPER_WEIGHT_DEFAULT);
    assert_int_equal(c.device_count, 0);
    assert_int_equal(c.restart, SHYPER_RESTART_NEVER);
    assert_int_equal(c.restart_delay_ms, SHYPER_RESTART_DELAY_MS_DEFAULT);
    assert_int_equal(c.heartbeat_ms, 0);
    tree_free(&t);
}

static void the_management_vms_profile_is_short(void **state)
{
    struct tree t = mvm_blob();
    struct vm_config c;
    const char *why;

    tree_pack(&t);
    if (decode(&t, &c, &why) != 0) fail_msg("%s", why);
    assert_string_equal(c.kernel, "mvm/kernel");
    assert_int_equal(c.memory_count, 0);
    assert_int_equal(c.restart, SHYPER_RESTART_ALWAYS);
    tree_free(&t);
}

/* regression: 7 */
static void lists_at_their_limit_are_taken_and_beyond_it_refused(void **state)
{
    for (uint32_t count = 16; count <= 17; count++) {
        struct tree t = full_blob();
        struct vm_config c;
        const char *why;

        for (uint32_t i = 3; i < count; i++) {
            char node[16];

            (void)snprintf(node, sizeof(node), "dev@%x", i);
            add_device(t.fdt, node, SHYPER_DEV_CONSOLE, "more", 0x10000000 + 0x1000 * (uint64_t)i,
                       0x1000, 0);
        }
        assert_int_equal(decode(&t, &c, &why), count == 16 ? 0 : -EINVAL);
        if (count == 16) assert_int_equal(c.device_count, 16);
        tree_free(&t);
    }
    for (uint32_t count = 16; count <= 17; count++) {
        struct tree t = full_blob();
        struct vm_config c;
        const char *why;

        for (uint32_t i = 2; i < count; i++) {
            put_u64(t.fdt, fdt_path_offset(t.fdt, "/memory"), "reg",
                    0x200000000 + 0x2000 * (uint64_t)i);
            put_u64(t.fdt, fdt_path_offset(t.fdt, "/memory"), "reg", 0x1000);
        }
        assert_int_equal(decode(&t, &c, &why), count == 16 ? 0 : -EINVAL);
        tree_free(&t);
    }
    for (size_t len = 1023; len <= 1024; len++) {
        struct tree t = full_blob();
        struct vm_config c;
        const char *why;
        char line[1025];

        memset(line, 'x', sizeof(line));
        line[len] = '\0';
        put_text(t.fdt, 0, "cmdline", line);
        assert_int_equal(decode(&t, &c, &why), len == 1023 ? 0 : -EINVAL);
        tree_free(&t);
    }
}

static void a_property_or_node_given_twice_is_refused(void **state)
{
    struct tree t = full_blob();
    struct vm_config c;
    const char *why;
    char *name;

    /* "dtb-gicv2" and "dtb-gicv3" are of one length: rename the one into the other, in the strings
     * block. */
    tree_pack(&t);
    name = memmem(t.fdt, t.len, "dtb-gicv3", 10);
    assert_non_null(name);
    name[8] = '2';
    assert_int_equal(decode(&t, &c, &why), -EINVAL);
    assert_non_null(strstr(why, "dtb-gicv2"));
    tree_free(&t);

    t = full_blob();
    (void)add(t.fdt, 0, "cpuz");
    tree_pack(&t);
    name = memmem(t.fdt, t.len, "cpuz", 5);
    assert_non_null(name);
    name[3] = 's';
    assert_int_equal(decode(&t, &c, &why), -EINVAL);
    assert_non_null(strstr(why, "twice"));
    tree_free(&t);
}

static void a_blob_that_is_too_long_or_no_tree_is_refused(void **state)
{
    struct tree t = full_blob();
    struct vm_config c;
    const char *why;

    assert_int_equal(profile_decode(t.fdt, SHYPER_PROFILE_BYTES_MAX + 1, &c, &why), -EINVAL);
    assert_int_equal(profile_decode(t.fdt, 0, &c, &why), -EINVAL);
    assert_int_equal(profile_decode(t.fdt, 39, &c, &why), -EINVAL);
    memset(t.fdt, 0, 64);
    assert_int_equal(decode(&t, &c, &why), -EINVAL);
    tree_free(&t);
}

static void a_blob_cut_anywhere_is_refused(void **state)
{
    struct tree whole = full_blob();

    tree_pack(&whole);
    for (size_t len = 40; len < whole.len; len++) {
        struct tree t = { malloc(len), len };
        struct vm_config c;
        const char *why;

        memcpy(t.fdt, whole.fdt, len);
        assert_int_equal(decode(&t, &c, &why), -EINVAL);
        fdt_set_totalsize(t.fdt, (uint32_t)len);
        assert_int_equal(decode(&t, &c, &why), -EINVAL);
        tree_free(&t);
    }
    tree_free(&whole);
}

static void what_damage_survives_still_keeps_the_rules(void **state)
{
    struct tree whole = full_blob();
    uint32_t seed = 3, survived = 0;

    tree_pack(&whole);
    for (uint32_t round = 0; round < 30000; round++) {
        struct tree t = { malloc(whole.len), whole.len };
        uint32_t changes = 1 + tree_random(&seed) % 3;
        struct vm_config c;
        const char *why;
        int got;

        memcpy(t.fdt, whole.fdt, whole.len);
        while (changes-- > 0)
            ((uint8_t *)t.fdt)[tree_random(&seed) % t.len] ^= (uint8_t)(1u
                                                                        << tree_random(&seed) % 8);
        got = decode(&t, &c, &why);
        assert_true(got == 0 || (got == -EINVAL && why != NULL));
        if (got == 0) {
            survived++;
            assert_true(strlen(c.name) >= 1 && strlen(c.name) <= 31);
            assert_true(c.cpu_count >= 1 && c.cpu_count <= 8);
            assert_true(c.memory_count >= 1 && c.memory_count <= 16);
            assert_true(c.device_count <= 16);
        }
        tree_free(&t);
    }
    assert_true(survived > 300);
    tree_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(what_is_absent_has_its_default),
        cmocka_unit_test(the_management_vms_profile_is_short),
        cmocka_unit_test(lists_at_their_limit_are_taken_and_beyond_it_refused),
        cmocka_unit_test(a_property_or_node_given_twice_is_refused),
        cmocka_unit_test(a_blob_that_is_too_long_or_no_tree_is_refused),
        cmocka_unit_test(a_blob_cut_anywhere_is_refused),
        cmocka_unit_test(what_damage_survives_still_keeps_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

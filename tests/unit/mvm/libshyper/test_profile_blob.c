/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/number.c libfdt -ljansson
/* The results read back with libfdt, as EL2 and guests read them: every property that abi/profile.h
 * lists. */
#include <stdlib.h>

#include <libfdt.h>

#include "tests/unit/mvm/libshyper/profile_try.h"
#include "tests/unit/mvm/libshyper/template.h"

static int node(const void *t, const char *path)
{
    int at = fdt_path_offset(t, path);

    if (at < 0) { fail_msg("no node %s", path); }
    return at;
}

static const void *prop(const void *t, const char *path, const char *name, int bytes)
{
    int got = 0;
    const void *v = fdt_getprop(t, node(t, path), name, &got);

    if (v == NULL) { fail_msg("no property %s of %s", name, path); }
    if (bytes >= 0) { assert_int_equal(got, bytes); }
    return v;
}

static uint32_t u32(const void *t, const char *path, const char *name)
{
    return fdt32_ld(prop(t, path, name, 4));
}

static uint64_t u64_at(const void *t, const char *path, const char *name, int index, int count)
{
    return fdt64_ld((const fdt64_t *)prop(t, path, name, 8 * count) + index);
}

static const char *string(const void *t, const char *path, const char *name)
{
    return prop(t, path, name, -1);
}

static bool absent(const void *t, const char *path, const char *name)
{
    return fdt_getprop(t, node(t, path), name, NULL) == NULL;
}

static void *blob_of(const char *json, bool for_bundle, struct profile *p)
{
    struct profile_errors e = { 0 };
    void *blob = NULL;
    size_t bytes = 0;

    profile_must(json, p);
    assert_int_equal(profile_blob(p, for_bundle, &blob, &bytes, &e), 0);
    assert_true(bytes <= SHYPER_PROFILE_BYTES_MAX);
    assert_int_equal(fdt_check_full(blob, bytes), 0);
    assert_int_equal(fdt_totalsize(blob), bytes);
    assert_int_equal(fdt_version(blob), 17);
    return blob;
}

static void device_is(const void *t, const char *path, uint32_t type, const char *name,
                      uint64_t ipa, uint64_t bytes, uint32_t irq)
{
    assert_int_equal(u32(t, path, "type"), type);
    assert_string_equal(string(t, path, "name"), name);
    assert_int_equal(u64_at(t, path, "reg", 0, 2), ipa);
    assert_int_equal(u64_at(t, path, "reg", 1, 2), bytes);
    assert_int_equal(u32(t, path, "irq"), irq);
}

static void blob_says_what_the_template_says(void **state)
{
    struct profile p;
    void *b = blob_of(TEMPLATE, true, &p);

    (void)state;
    assert_string_equal(string(b, "/", "compatible"), SHYPER_PROFILE_COMPATIBLE);
    assert_string_equal(string(b, "/", "name"), "guest-os-0");
    assert_int_equal(u32(b, "/", "type"), SHYPER_VM_TYPE_LINUX);
    assert_string_equal(string(b, "/", "cmdline"),
                        "earlycon console=ttyAMA0 root=/dev/vda rw audit=0");
    assert_int_equal(u64_at(b, "/image", "entry", 0, 1), 0x80080000);
    assert_int_equal(u64_at(b, "/image", "load", 0, 1), 0x80080000);
    assert_int_equal(u64_at(b, "/image", "dtb", 0, 1), 0x80000000);
    assert_int_equal(u64_at(b, "/image", "ramdisk-load", 0, 1), 0x84000000);
    assert_string_equal(string(b, "/image", "kernel"), "vm/guest-os-0/kernel");
    assert_string_equal(string(b, "/image", "ramdisk"), "vm/guest-os-0/ramdisk");
    assert_int_equal(u64_at(b, "/memory", "reg", 0, 2), 0x80000000);
    assert_int_equal(u64_at(b, "/memory", "reg", 1, 2), 0x40000000);
    assert_int_equal(u32(b, "/cpus", "count"), 2);
    assert_int_equal(u64_at(b, "/cpus", "bitmap", 0, 1), 0xc);
    assert_int_equal(u32(b, "/cpus", "master"), 3);
    device_is(b, "/devices/dev@0", SHYPER_DEV_CONSOLE, "uart", 0x3100000, 0x1000, 144);
    assert_int_equal(u32(b, "/devices/dev@0", "cfg"), SHYPER_UART_SBSA);
    device_is(b, "/devices/dev@1", SHYPER_DEV_GICD, "intc@8000000", 0x8000000, 0x10000, 0);
    device_is(b, "/devices/dev@2", SHYPER_DEV_GICC, "gicc", 0x8010000, 0x2000, 0);
    device_is(b, "/devices/dev@3", SHYPER_DEV_GICR, "gicr", 0x80a0000, 0x40000, 0);
    free(b);
    profile_free(&p);
}

static void blob_for_the_cli_holds_no_images(void **state)
{
    struct profile p;
    void *b = blob_of(TEMPLATE, false, &p);

    (void)state;
    assert_int_equal(u64_at(b, "/image", "entry", 0, 1), 0x80080000);
    assert_int_equal(u64_at(b, "/image", "dtb", 0, 1), 0x80000000);
    assert_true(absent(b, "/image", "load"));
    assert_true(absent(b, "/image", "kernel"));
    assert_true(absent(b, "/image", "ramdisk"));
    assert_true(absent(b, "/image", "dtb-gicv2"));
    assert_true(absent(b, "/image", "dtb-gicv3"));
    free(b);
    profile_free(&p);
}

static void restart_and_heartbeat_are_there_when_asked_for(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;
    size_t bytes;
    void *tree, *b = blob_of("{\"name\": \"a\", \"kernel\": \"k\"}", false, &p);

    (void)state;
    assert_true(fdt_path_offset(b, "/restart") < 0);
    assert_true(fdt_path_offset(b, "/heartbeat") < 0);
    assert_int_equal(profile_guest_dtb(&p, 3, &tree, &bytes, &e), 0);
    assert_true(fdt_path_offset(tree, "/watchdog") < 0);
    free(tree);
    free(b);
    profile_free(&p);
    b = blob_of("{\"name\": \"a\", \"kernel\": \"k\", \"restart\": \"always\"}", false, &p);
    assert_int_equal(u32(b, "/restart", "policy"), SHYPER_RESTART_ALWAYS);
    assert_int_equal(u32(b, "/restart", "delay-ms"), 1000);
    free(b);
    profile_free(&p);
    b = blob_of("{\"name\": \"a\", \"kernel\": \"k\", \"heartbeat_ms\": 2500,"
                "\"restart\": {\"delay_ms\": 7, \"policy\": \"on-crash\"}}",
                false, &p);
    assert_int_equal(u32(b, "/restart", "policy"), SHYPER_RESTART_ON_CRASH);
    assert_int_equal(u32(b, "/restart", "delay-ms"), 7);
    assert_int_equal(u32(b, "/heartbeat", "timeout-ms"), 2500);
    assert_int_equal(profile_guest_dtb(&p, 2, &tree, &bytes, &e), 0);
    assert_string_equal(string(tree, "/watchdog", "compatible"), "arm,smc-wdt");
    free(tree);
    free(b);
    profile_free(&p);
}

static void lowest_master_is_all_ones(void **state)
{
    struct profile p;
    void *b = blob_of("{\"name\": \"a\", \"kernel\": \"k\"}", false, &p);

    (void)state;
    assert_int_equal(u32(b, "/cpus", "master"), 0xffffffffu);
    free(b);
    profile_free(&p);
}

static void every_region_is_there(void **state)
{
    struct profile p;
    void *b = blob_of("{\"name\": \"a\", \"kernel\": \"k\", \"memory\": {\"region\": ["
                      "{\"ipa_start\": \"0x40000000\", \"length\": \"0x4000000\"},"
                      "{\"ipa_start\": \"0x100000000\", \"length\": \"0x200000\"}]}}",
                      true, &p);

    (void)state;
    assert_int_equal(u64_at(b, "/memory", "reg", 2, 4), UINT64_C(0x100000000));
    assert_int_equal(u64_at(b, "/memory", "reg", 3, 4), 0x200000);
    free(b);
    profile_free(&p);
}

static void mvm_blob_leaves_addresses_to_boot(void **state)
{
    struct profile p = { .name = "mvm",
                         .type = SHYPER_VM_TYPE_MVM,
                         .cmdline = "quiet",
                         .cpu_count = 2,
                         .cpu_bitmap = 3,
                         .cpu_master = PROFILE_MASTER_LOWEST };
    char file[] = "Image";
    struct profile_errors e = { 0 };
    void *b = NULL;
    size_t bytes;

    (void)state;
    p.kernel.path = p.ramdisk.path = file;
    assert_int_equal(profile_blob(&p, true, &b, &bytes, &e), 0);
    assert_int_equal(fdt_check_full(b, bytes), 0);
    assert_int_equal(u32(b, "/", "type"), SHYPER_VM_TYPE_MVM);
    assert_string_equal(string(b, "/image", "kernel"), "mvm/kernel");
    assert_string_equal(string(b, "/image", "ramdisk"), "mvm/ramdisk");
    assert_true(absent(b, "/image", "entry"));
    assert_true(absent(b, "/image", "load"));
    assert_true(absent(b, "/image", "ramdisk-load"));
    assert_true(fdt_path_offset(b, "/memory") < 0);
    assert_true(fdt_path_offset(b, "/devices") < 0);
    assert_int_equal(u32(b, "/cpus", "count"), 2);
    free(b);
}

/* The guest's tree out of a bundle blob, in aligned memory. */
static void *tree_of(const void *b, const char *name)
{
    int bytes = 0;
    const void *at = fdt_getprop(b, node(b, "/image"), name, &bytes);
    void *tree = malloc(at != NULL ? (size_t)bytes : 1);

    assert_non_null(at);
    assert_non_null(tree);
    memcpy(tree, at, (size_t)bytes);
    assert_int_equal(fdt_check_full(tree, (size_t)bytes), 0);
    return tree;
}

static void cells_are(const void *t, const char *path, const char *name, const uint32_t *cells,
                      int n)
{
    const fdt32_t *v = prop(t, path, name, 4 * n);

    for (int i = 0; i < n; i++) { assert_int_equal(fdt32_ld(v + i), cells[i]); }
}

static void common_nodes_are_right(const void *t)
{
    assert_string_equal(string(t, "/", "compatible"), "linux,dummy-virt");
    assert_string_equal(string(t, "/", "model"), "Shyper guest");
    assert_int_equal(u32(t, "/", "#address-cells"), 2);
    assert_int_equal(u32(t, "/", "#size-cells"), 2);
    assert_int_equal(u32(t, "/", "interrupt-parent"), u32(t, "/intc@8000000", "phandle"));
    assert_string_equal(string(t, "/chosen", "stdout-path"), "/uart@3100000");
    assert_string_equal(string(t, "/chosen", "bootargs"),
                        "earlycon console=ttyAMA0 root=/dev/vda rw audit=0");
    assert_int_equal(u64_at(t, "/chosen", "linux,initrd-start", 0, 1), 0x84000000);
    assert_int_equal(u64_at(t, "/chosen", "linux,initrd-end", 0, 1), 0x84000000 + 10000);
    assert_string_equal(string(t, "/memory@80000000", "device_type"), "memory");
    assert_int_equal(u64_at(t, "/memory@80000000", "reg", 0, 2), 0x80000000);
    assert_int_equal(u64_at(t, "/memory@80000000", "reg", 1, 2), 0x40000000);
    assert_int_equal(u32(t, "/cpus", "#address-cells"), 1);
    assert_int_equal(u32(t, "/cpus", "#size-cells"), 0);
    assert_int_equal(u32(t, "/cpus/cpu@0", "reg"), 0);
    assert_int_equal(u32(t, "/cpus/cpu@1", "reg"), 1);
    assert_string_equal(string(t, "/cpus/cpu@1", "enable-method"), "psci");
    assert_string_equal(string(t, "/cpus/cpu@1", "device_type"), "cpu");
    assert_string_equal(string(t, "/cpus/cpu@1", "compatible"), "arm,armv8");
    assert_true(fdt_path_offset(t, "/cpus/cpu@2") < 0);
    assert_int_equal(fdt_stringlist_search(t, node(t, "/psci"), "compatible", "arm,psci-1.0"), 0);
    assert_int_equal(fdt_stringlist_search(t, node(t, "/psci"), "compatible", "arm,psci-0.2"), 1);
    assert_int_equal(fdt_stringlist_count(t, node(t, "/psci"), "compatible"), 2);
    assert_string_equal(string(t, "/psci", "method"), "hvc");
    assert_string_equal(string(t, "/timer", "compatible"), "arm,armv8-timer");
    assert_false(absent(t, "/timer", "always-on"));
    assert_int_equal(u32(t, "/intc@8000000", "#interrupt-cells"), 3);
    assert_false(absent(t, "/intc@8000000", "interrupt-controller"));
    assert_string_equal(string(t, "/uart@3100000", "compatible"), "arm,sbsa-uart");
    assert_int_equal(u64_at(t, "/uart@3100000", "reg", 0, 2), 0x3100000);
    assert_int_equal(u64_at(t, "/uart@3100000", "reg", 1, 2), 0x1000);
    cells_are(t, "/uart@3100000", "interrupts", (const uint32_t[]){ 0, 144 - 32, 4 }, 3);
    assert_string_equal(string(t, "/hypervisor", "compatible"), "shyper,hypervisor");
}

/* regression: 64 */
static void guest_tree_for_gicv2(void **state)
{
    struct profile p;
    void *b = blob_of(TEMPLATE, true, &p), *t = tree_of(b, "dtb-gicv2");

    (void)state;
    common_nodes_are_right(t);
    assert_string_equal(string(t, "/intc@8000000", "compatible"), "arm,cortex-a15-gic");
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 1, 4), 0x1000);
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 2, 4), 0x8010000);
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 3, 4), 0x2000);
    cells_are(t, "/timer", "interrupts",
              (const uint32_t[]){ 1, 13, 0x304, 1, 14, 0x304, 1, 11, 0x304, 1, 10, 0x304 }, 12);
    free(t);
    free(b);
    profile_free(&p);
}

/* regression: 64 */
static void guest_tree_for_gicv3(void **state)
{
    struct profile p;
    void *b = blob_of(TEMPLATE, true, &p), *t = tree_of(b, "dtb-gicv3");

    (void)state;
    common_nodes_are_right(t);
    assert_string_equal(string(t, "/intc@8000000", "compatible"), "arm,gic-v3");
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 1, 4), 0x10000);
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 2, 4), 0x80a0000);
    assert_int_equal(u64_at(t, "/intc@8000000", "reg", 3, 4), 0x40000);
    cells_are(t, "/timer", "interrupts",
              (const uint32_t[]){ 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4 }, 12);
    free(t);
    free(b);
    profile_free(&p);
}

/* regression: 64 */
static void guest_without_ramdisk_or_command_line_has_neither(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;
    size_t bytes;
    void *t;

    (void)state;
    profile_must("{\"name\": \"a\", \"kernel\": \"k\"}", &p);
    assert_int_equal(profile_guest_dtb(&p, 3, &t, &bytes, &e), 0);
    assert_true(absent(t, "/chosen", "linux,initrd-start"));
    assert_true(absent(t, "/chosen", "linux,initrd-end"));
    assert_true(absent(t, "/chosen", "bootargs"));
    free(t);
    profile_free(&p);
}

static void pl011_comes_with_its_clocks(void **state)
{
    struct profile_errors e = { 0 };
    struct profile p;
    size_t bytes;
    void *t;

    (void)state;
    profile_must(
        "{\"name\": \"a\", \"kernel\": \"k\", \"emulated_device\": {\"emulated_device_list\": ["
        "{\"type\": \"EMU_DEVICE_T_CONSOLE\", \"base_ipa\": \"0x9000000\", \"length\": \"0x1000\","
        "\"cfg_list\": [1]}]}}",
        &p);
    assert_int_equal(profile_guest_dtb(&p, 2, &t, &bytes, &e), 0);
    assert_int_equal(fdt_node_check_compatible(t, node(t, "/uart@9000000"), "arm,primecell"), 0);
    cells_are(t, "/uart@9000000", "clocks",
              (const uint32_t[]){ u32(t, "/clock", "phandle"), u32(t, "/clock", "phandle") }, 2);
    assert_int_equal(fdt_stringlist_count(t, node(t, "/uart@9000000"), "clock-names"), 2);
    free(t);
    profile_free(&p);
}

/* The largest profile there can be: 16 regions, 8 CPUs, 1023 bytes of command line, a PL011 with
 * its clock. */
static void largest_profile_fits_and_its_tree_a_page(void **state)
{
    char json[4096], line[1024];
    struct profile p;
    size_t n;

    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    n = (size_t)snprintf(json, sizeof json,
                         "{\"name\": \"%.31s\", \"kernel\": \"k\", \"ramdisk\": \"r\", \"cpus\": "
                         "8, \"cmdline\": \"%s\","
                         "\"memory\": {\"region\": [",
                         line, line);
    for (int i = 0; i < 16; i++) {
        n += (size_t)snprintf(json + n, sizeof json - n,
                              "%s{\"ipa_start\": \"0x%x0000000\", \"length\": \"0x4000000\"}",
                              i > 0 ? ", " : "", i + 4);
    }
    (void)snprintf(
        json + n, sizeof json - n,
        "]}, \"emulated_device\": {\"emulated_device_list\": [{\"type\": \"EMU_DEVICE_T_CONSOLE\","
        "\"base_ipa\": \"0x9000000\", \"length\": \"0x1000\", \"cfg_list\": [1]}]}}");
    free(blob_of(json, true, &p));
    assert_true(p.dtb_bytes <= 4096); /* profile_layout counts on it */
    profile_free(&p);
}

static void same_profile_makes_the_same_blob(void **state)
{
    struct profile p, q;
    void *a = blob_of(TEMPLATE, true, &p), *b = blob_of(TEMPLATE, true, &q);

    (void)state;
    assert_int_equal(fdt_totalsize(a), fdt_totalsize(b));
    assert_memory_equal(a, b, fdt_totalsize(a));
    free(a);
    free(b);
    profile_free(&p);
    profile_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blob_says_what_the_template_says),
        cmocka_unit_test(blob_for_the_cli_holds_no_images),
        cmocka_unit_test(restart_and_heartbeat_are_there_when_asked_for),
        cmocka_unit_test(lowest_master_is_all_ones),
        cmocka_unit_test(every_region_is_there),
        cmocka_unit_test(mvm_blob_leaves_addresses_to_boot),
        cmocka_unit_test(guest_tree_for_gicv2),
        cmocka_unit_test(guest_tree_for_gicv3),
        cmocka_unit_test(guest_without_ramdisk_or_command_line_has_neither),
        cmocka_unit_test(pl011_comes_with_its_clocks),
        cmocka_unit_test(largest_profile_fits_and_its_tree_a_page),
        cmocka_unit_test(same_profile_makes_the_same_blob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/mvm_tree.c hypervisor/core/mvm_tree_edit.c
// sources: hypervisor/core/mvm_tree_new.c lib/fdt_writer.c lib/fdt_cursor.c
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c
// sources: hypervisor/core/platform_device.c lib/ranges.c tests/unit/hypervisor/fake/tree.c libfdt
/* Each edit of the management VM's tree on real trees, and that nothing else changes. */
#include "tests/unit/hypervisor/core/mvm_tree_try.h"

static const void *prop(const struct tree *t, const char *path, const char *name, int *len)
{
    int node = fdt_path_offset(t->fdt, path);

    if (node < 0) fail_msg("no node %s", path);
    return fdt_getprop(t->fdt, node, name, len);
}

static void expect_bytes(const struct tree *t, const char *path, const char *name, const void *data,
                         size_t len)
{
    int got_len;
    const void *got = prop(t, path, name, &got_len);

    if (got == NULL) fail_msg("%s has no %s", path, name);
    if ((size_t)got_len != len || memcmp(got, data, len) != 0)
        fail_msg("%s: %s is something else", path, name);
}

static void expect_text(const struct tree *t, const char *path, const char *name, const char *text)
{
    expect_bytes(t, path, name, text, strlen(text) + 1);
}

static void expect_no_prop(const struct tree *t, const char *path, const char *name)
{
    if (prop(t, path, name, NULL) != NULL) fail_msg("%s still has %s", path, name);
}

static void expect_no_node(const struct tree *t, const char *path)
{
    if (fdt_path_offset(t->fdt, path) != -FDT_ERR_NOTFOUND) fail_msg("%s is still there", path);
}

#define EXPECT(t, path, name, bytes) expect_bytes(t, path, name, bytes, sizeof(bytes) - 1)

static void expect_common(const struct tree *t)
{
    EXPECT(t, "/memory@40000000", "reg",
           "\0\0\0\0\x40\0\0\0\0\0\0\0\x3f\xe0\0\0");       /* the pool joins both pieces of RAM */
    expect_text(t, "/memory@40000000", "device_type", "memory");
    EXPECT(t, "/reserved-memory", "ranges", "");
    EXPECT(t, "/reserved-memory", "#address-cells", "\0\0\0\2");
    EXPECT(t, "/reserved-memory", "#size-cells", "\0\0\0\2");
    EXPECT(t, "/reserved-memory/shyper-pool@48000000", "reg",
           "\0\0\0\0\x48\0\0\0\0\0\0\0\x18\0\0\0");
    expect_no_prop(t, "/reserved-memory/shyper-pool@48000000", "no-map");
    expect_text(t, "/chosen", "bootargs", "console=ttyAMA0 quiet");
    EXPECT(t, "/chosen", "linux,initrd-start", "\0\0\0\0\x45\0\0\0");
    EXPECT(t, "/chosen", "linux,initrd-end", "\0\0\0\0\x45\1\x23\x45");
    expect_bytes(t, "/chosen", "kaslr-seed", "01234567", 8);
    expect_bytes(t, "/chosen", "rng-seed", "89abcdefghijklmnopqrstuvwxyzABCD", 32);
    expect_text(t, "/chosen", "stdout-path", "/pl011@9000000");
    expect_text(t, "/hypervisor", "compatible", "shyper,hypervisor");
    EXPECT(t, "/hypervisor", "interrupts", "\0\0\0\0\0\0\0\xda\0\0\0\1");
    EXPECT(t, "/hypervisor", "shyper,pool", "\0\0\0\0\x48\0\0\0\0\0\0\0\x18\0\0\0");
    EXPECT(t, "/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2\0");
    expect_text(t, "/psci", "method", "smc");
    expect_no_node(t, "/pmu");
    expect_no_node(t, "/cpus/cpu-map");
    expect_no_prop(t, "/pcie@10000000", "msi-map");
    assert_int_equal(fdt_get_phandle(t->fdt, fdt_path_offset(t->fdt, "/intc@8000000")),
                     fdt32_ld(prop(t, "/hypervisor", "interrupt-parent", NULL)));
    expect_no_prop(t, "/intc@8000000", "interrupts");
}

static void a_gicv3_tree_is_edited_as_listed(void **state)
{
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3,iommu=smmuv3 -cpu cortex-a57 -smp 2 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t = build(&from, &p);

    expect_common(&t);
    expect_no_node(&t, "/intc@8000000/its@8080000");
    expect_no_node(&t, "/smmuv3@9050000");
    expect_no_prop(&t, "/pcie@10000000", "iommu-map");
    EXPECT(&t, "/intc@8000000", "reg",
           "\0\0\0\0\x08\0\0\0\0\0\0\0\0\1\0\0"
           "\0\0\0\0\x08\x0a\0\0\0\0\0\0\0\xf6\0\0");
    expect_text(&t, "/cpus/cpu@0", "enable-method", "psci");
    expect_text(&t, "/cpus/cpu@1", "enable-method", "psci");
    tree_free(&t);
    tree_free(&from);
}

static void a_gicv2_tree_keeps_the_distributor_and_the_cpu_interface(void **state)
{
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=2 -cpu cortex-a57 -smp 2 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t = build(&from, &p);

    expect_common(&t);
    expect_no_node(&t, "/intc@8000000/v2m@8020000");
    EXPECT(&t, "/intc@8000000", "reg",
           "\0\0\0\0\x08\0\0\0\0\0\0\0\0\1\0\0"
           "\0\0\0\0\x08\1\0\0\0\0\0\0\0\0\x20\0");
    tree_free(&t);
    tree_free(&from);
}

/** Every node and property of a that is not in b, or is different there. */
static uint32_t differences(const struct tree *a, const struct tree *b, char *out, size_t size)
{
    uint32_t count = 0;
    size_t used = 0;

    out[0] = '\0';
    for (int node = 0; node >= 0; node = fdt_next_node(a->fdt, node, NULL)) {
        char path[256];
        int other, at;

        assert_int_equal(fdt_get_path(a->fdt, node, path, sizeof(path)), 0);
        other = fdt_path_offset(b->fdt, path);
        if (other < 0) {
            used += (size_t)snprintf(out + used, size - used, "%s\n", path);
            count++;
            continue;
        }
        fdt_for_each_property_offset(at, a->fdt, node) {
            const char *name;
            int len, other_len;
            const void *value = fdt_getprop_by_offset(a->fdt, at, &name, &len);
            const void *other_value = fdt_getprop(b->fdt, other, name, &other_len);

            if (other_value != NULL && len == other_len &&
                memcmp(value, other_value, (size_t)len) == 0)
                continue;
            used += (size_t)snprintf(out + used, size - used, "%s %s\n", path, name);
            count++;
        }
    }
    return count;
}

static void nothing_but_the_listed_edits_changes(void **state)
{
    static const char gone_or_changed[] =
        "/psci compatible\n"
        "/memory@40000000 reg\n"
        "/pcie@10000000 msi-map\n"
        "/pmu\n"
        "/intc@8000000 interrupts\n"
        "/intc@8000000/its@8080000\n"
        "/cpus/cpu-map\n"
        "/cpus/cpu-map/socket0\n"
        "/cpus/cpu-map/socket0/cluster0\n"
        "/cpus/cpu-map/socket0/cluster0/core0\n"
        "/cpus/cpu-map/socket0/cluster0/core1\n"
        "/chosen rng-seed\n"
        "/chosen kaslr-seed\n";
    static const char new_or_changed[] =
        "/psci compatible\n"
        "/chosen bootargs\n"
        "/chosen linux,initrd-start\n"
        "/chosen linux,initrd-end\n"
        "/chosen kaslr-seed\n"
        "/chosen rng-seed\n"
        "/memory@40000000 reg\n"
        "/reserved-memory\n"
        "/reserved-memory/shyper-pool@48000000\n"
        "/hypervisor\n";
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t = build(&from, &p);
    char list[4096];

    (void)differences(&from, &t, list, sizeof(list));
    assert_string_equal(list, gone_or_changed);
    (void)differences(&t, &from, list, sizeof(list));
    assert_string_equal(list, new_or_changed);
    tree_free(&t);
    tree_free(&from);
}

static void cpus_that_are_not_the_mvms_go(void **state)
{
    static const uint64_t kept[] = { 2, 0 };
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -smp 4 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t;

    p.mpidr = kept;
    t = build(&from, &p);
    assert_true(fdt_path_offset(t.fdt, "/cpus/cpu@0") > 0);
    expect_no_node(&t, "/cpus/cpu@1");
    assert_true(fdt_path_offset(t.fdt, "/cpus/cpu@2") > 0);
    expect_no_node(&t, "/cpus/cpu@3");
    tree_free(&t);
    tree_free(&from);
}

/* regression: 64 */
static void without_ramdisk_pool_doorbell_or_entropy_there_is_no_trace_of_them(void **state)
{
    static const struct ranges none = { 0 };
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -smp 1 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t;

    p.pool = &none;
    p.initrd_base = p.initrd_end = 0;
    p.doorbell = 0;
    p.entropy = NULL;
    t = build(&from, &p);
    EXPECT(&t, "/memory@40000000", "reg",
           "\0\0\0\0\x40\0\0\0\0\0\0\0\x08\0\0\0" "\0\0\0\0\x60\0\0\0\0\0\0\0\x1f\xe0\0\0");
    expect_no_node(&t, "/reserved-memory");
    expect_no_prop(&t, "/chosen", "linux,initrd-start");
    expect_no_prop(&t, "/chosen", "linux,initrd-end");
    expect_no_prop(&t, "/chosen", "kaslr-seed");
    expect_no_prop(&t, "/chosen", "rng-seed");
    expect_no_prop(&t, "/hypervisor", "interrupts");
    tree_free(&t);
    tree_free(&from);
}

static void a_board_with_its_own_reservations_and_devices_keeps_them(void **state)
{
    static const struct ranges high = { .count = 1, .at = { { 0x100000000, 0x140000000 } } };
    static const uint64_t cpus[] = { 0, 0x100 };
    struct tree from = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct mvm_tree_params p = usual();
    struct tree t;
    uint64_t base, len;

    p.pool = &high;
    p.mpidr = cpus;
    t = build(&from, &p);
    EXPECT(&t, "/memory@40000000", "reg",
           "\0\0\0\0\x40\0\0\0\x08\0\0\0"
           "\0\0\0\0\x60\0\0\0\x1f\xe0\0\0"
           "\0\0\0\1\0\0\0\0\x40\0\0\0");
    expect_no_node(&t, "/memory@0");
    expect_no_node(&t, "/memory@100000000");
    EXPECT(&t, "/reserved-memory/firmware@3b000000", "no-map", "");
    EXPECT(&t, "/reserved-memory/shyper-pool@100000000", "reg", "\0\0\0\1\0\0\0\0\x40\0\0\0");
    expect_no_node(&t, "/cpus/cpu@1");
    assert_true(fdt_path_offset(t.fdt, "/cpus/cpu@100") > 0);
    assert_true(fdt_path_offset(t.fdt, "/cpus/l2-cache") > 0);
    EXPECT(&t, "/soc/interrupt-controller@40041000", "reg",
           "\x40\4\x10\0\0\0\x10\0\x40\4\x20\0\0\0\x20\0");
    expect_no_prop(&t, "/soc/interrupt-controller@40041000", "interrupts");
    EXPECT(&t, "/chosen", "linux,initrd-end", "\0\0\0\0\x45\1\x23\x45");
    assert_int_equal(fdt_num_mem_rsv(t.fdt), 1);
    assert_int_equal(fdt_get_mem_rsv(t.fdt, 0, &base, &len), 0);
    assert_int_equal(len, 0x1000);
    tree_free(&t);
    tree_free(&from);
}

/* regression: 63 */
static void what_a_tree_lacks_is_made(void **state)
{
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -smp 1 -m 1024");
    struct tree poor = tree_editable(&from, 0);
    struct mvm_tree_params p = usual();
    struct tree t;

    assert_int_equal(fdt_del_node(poor.fdt, fdt_path_offset(poor.fdt, "/chosen")), 0);
    assert_int_equal(fdt_del_node(poor.fdt, fdt_path_offset(poor.fdt, "/psci")), 0);
    tree_pack(&poor);
    t = build(&poor, &p);
    expect_text(&t, "/chosen", "bootargs", "console=ttyAMA0 quiet");
    EXPECT(&t, "/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2\0");
    expect_text(&t, "/psci", "method", "hvc");
    tree_free(&t);
    tree_free(&poor);
    tree_free(&from);
}

static void spin_tables_idle_states_and_numa_references_go(void **state)
{
    struct tree from = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct tree odd = tree_editable(&from, 1024);
    struct mvm_tree_params p = usual();
    struct tree t;
    int cpu = fdt_path_offset(odd.fdt, "/cpus/cpu@0");

    assert_int_equal(fdt_setprop(odd.fdt, cpu, "enable-method", "spin-table", 11), 0);
    assert_int_equal(fdt_setprop_u64(odd.fdt, cpu, "cpu-release-addr", 0xd8), 0);
    assert_int_equal(fdt_setprop_u32(odd.fdt, cpu, "cpu-idle-states", 1), 0);
    assert_int_equal(fdt_setprop_u32(odd.fdt, cpu, "numa-node-id", 0), 0);
    assert_true(fdt_add_subnode(odd.fdt, fdt_path_offset(odd.fdt, "/cpus"), "idle-states") > 0);
    assert_true(fdt_add_subnode(odd.fdt, 0, "hypervisor") > 0);     /* of whoever ran before us */
    tree_pack(&odd);
    t = build(&odd, &p);
    expect_text(&t, "/cpus/cpu@0", "enable-method", "psci");
    expect_no_prop(&t, "/cpus/cpu@0", "cpu-release-addr");
    expect_no_prop(&t, "/cpus/cpu@0", "cpu-idle-states");
    expect_no_prop(&t, "/cpus/cpu@0", "numa-node-id");
    expect_no_node(&t, "/cpus/idle-states");
    expect_text(&t, "/hypervisor", "compatible", "shyper,hypervisor");
    tree_free(&t);
    tree_free(&odd);
    tree_free(&from);
}

static void the_result_describes_the_board_that_was_meant(void **state)
{
    struct tree from = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 1024");
    struct mvm_tree_params p = usual();
    struct tree t = build(&from, &p);
    struct platform got;
    const char *why;

    /* read by our own reader: all as before, but no maintenance interrupt, and the pool reserved */
    assert_int_equal(platform_read(&got, t.fdt, PA(0x48000000), &why), -ENODEV);
    assert_non_null(strstr(why, "maintenance"));
    assert_int_equal(got.cpu_count, 2);
    assert_int_equal(got.ram.count, 2);
    assert_memory_equal(got.ram.at, ram.at, 2 * sizeof(ram.at[0]));
    assert_int_equal(got.hidden_count, 0);
    assert_int_equal(got.initrd_base, 0x45000000);
    tree_free(&t);
    tree_free(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gicv3_tree_is_edited_as_listed),
        cmocka_unit_test(a_gicv2_tree_keeps_the_distributor_and_the_cpu_interface),
        cmocka_unit_test(nothing_but_the_listed_edits_changes),
        cmocka_unit_test(cpus_that_are_not_the_mvms_go),
        cmocka_unit_test(without_ramdisk_pool_doorbell_or_entropy_there_is_no_trace_of_them),
        cmocka_unit_test(a_board_with_its_own_reservations_and_devices_keeps_them),
        cmocka_unit_test(what_a_tree_lacks_is_made),
        cmocka_unit_test(spin_tables_idle_states_and_numa_references_go),
        cmocka_unit_test(the_result_describes_the_board_that_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/ranges.c tests/unit/hypervisor/fake/tree.c libfdt
/* Device trees that lack something, or are wrong or damaged: named and refused, and nothing outside them is read. */
#include "tests/unit/hypervisor/core/platform_try.h"

struct edit {
    const char *node, *prop;        /* prop NULL: the node goes; value NULL: the property goes */
    const void *value;
    int len;
    int error;
    const char *word;               /* in the reason */
};

/* Entries of /timer's interrupts: secure, physical, virtual, hypervisor. */
#define PPI(n) "\0\0\0\1\0\0\0" n "\0\0\0\4"

/* regression: 63 */
static void what_is_missing_or_wrong_is_named(void **state)
{
    static const struct edit edits[] = {
        { "/intc@8000000", NULL, NULL, 0, -ENODEV, "interrupt controller" },
        { "/intc@8000000", "status", TEXT("disabled"), -ENODEV, "interrupt controller" },
        { "/intc@8000000", "#interrupt-cells", BYTES("\000\000\000\002"), -EINVAL,
          "#interrupt-cells" },
        { "/intc@8000000", "#interrupt-cells", BYTES("\000\000\000\000"), -EINVAL, "#interrupt-cells" },
        { "/intc@8000000", "#interrupt-cells", BYTES("\100\000\000\001"), -EINVAL, "#interrupt-cells" },
        { "/intc@8000000", "interrupts", NULL, 0, -ENODEV, "maintenance" },
        { "/intc@8000000", "reg",
          BYTES("\000\000\000\000\010\000\000\000\000\000\000\000\000\001\000\000"), -ENODEV,
          "redistributor" },
        { "/intc@8000000", "#redistributor-regions", BYTES("\000\000\000\005"), -EINVAL,
          "redistributor-regions" },
        { "/memory@40000000", NULL, NULL, 0, -ENODEV, "memory" },
        { "/memory@40000000", "reg",
          BYTES("\377\377\377\377\000\000\000\000\000\000\000\001\000\000\000\000"), -EINVAL,
          "memory" },
        { "/cpus", NULL, NULL, 0, -ENODEV, "CPU" },
        { "/cpus/cpu@1", "reg", BYTES("\000\000\000\000"), -EINVAL, "same reg" },
        { "/cpus/cpu@1", "reg", NULL, 0, -EINVAL, "no reg" },
        { "/timer", NULL, NULL, 0, -ENODEV, "timer" },
        { "/timer", "interrupts", BYTES("\000\000\000\001\000\000\000\015\000\000\000\004"),
          -ENODEV, "timer" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\016") PPI("\016") PPI("\012")), -ENODEV, "same PPI" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\016") PPI("\013") PPI("\013")), -ENODEV, "same PPI" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\012") PPI("\013") PPI("\012")), -ENODEV, "same PPI" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\016") PPI("\013") PPI("\011")), -ENODEV, "same PPI" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\016") PPI("\011") PPI("\012")), -ENODEV, "same PPI" },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\011") PPI("\013") PPI("\012")), -ENODEV, "same PPI" },
        { "/psci", "method", TEXT("jump"), -EINVAL, "method" },
        { "/chosen", "linux,initrd-end", BYTES("\100\000\000\000"), -EINVAL, "linux,initrd-end" },
        { "/chosen", "linux,initrd-start", BYTES("\001\002\003"), -EINVAL, "cells" },
        { "/cpus", "#address-cells", BYTES("\000\000\000\011"), -EINVAL, "#address-cells" },
        /* and what is no reason to stop */
        { "/pl011@9000000", NULL, NULL, 0, 0, NULL },
        { "/psci", NULL, NULL, 0, 0, NULL },
        { "/timer", "interrupts", BYTES(PPI("\015") PPI("\015") PPI("\013") PPI("\012")), 0, NULL },
        { "/chosen", NULL, NULL, 0, 0, NULL },
        { "/aliases", NULL, NULL, 0, 0, NULL },
        { "/pcie@10000000", "ranges", BYTES("\001\002\003"), 0, NULL },
        { "/pl011@9000000", "compatible", BYTES("arm,"), 0, NULL },
        { "/chosen", "linux,initrd-end", NULL, 0, 0, NULL },
    };
    struct tree base = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 512");
    struct tree with_initrd = tree_editable(&base, 256);

    assert_int_equal(fdt_setprop_u64(with_initrd.fdt, fdt_path_offset(with_initrd.fdt, "/chosen"),
                                     "linux,initrd-start", 0x44000000), 0);
    assert_int_equal(fdt_setprop_u64(with_initrd.fdt, fdt_path_offset(with_initrd.fdt, "/chosen"),
                                     "linux,initrd-end", 0x45000001), 0);
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        const struct edit *e = &edits[i];
        struct tree t = tree_editable(&with_initrd, 256);
        int node = fdt_path_offset(t.fdt, e->node);
        struct platform p;
        const char *why;
        int got;

        assert_true(node >= 0);
        if (e->prop == NULL) assert_int_equal(fdt_del_node(t.fdt, node), 0);
        else if (e->value == NULL) assert_int_equal(fdt_delprop(t.fdt, node, e->prop), 0);
        else assert_int_equal(fdt_setprop(t.fdt, node, e->prop, e->value, e->len), 0);
        tree_pack(&t);
        got = read_tree(&p, &t, &why);
        if (got != e->error || (got < 0 && (why == NULL || strstr(why, e->word) == NULL)))
            fail_msg("edit %zu of %s %s: %d, %s", i, e->node, e->prop == NULL ? "" : e->prop, got,
                     why == NULL ? "-" : why);
        /* there is a UART also to tell of a failure with */
        assert_int_equal(p.uart.kind,
                         strcmp(e->node, "/pl011@9000000") == 0 ? UART_NONE : UART_PL011);
        tree_free(&t);
    }
    tree_free(&with_initrd);
    tree_free(&base);
}

static void a_gicv2_without_virtualisation_is_refused(void **state)
{
    struct tree t = tree_from_qemu(
        "-M virt,virtualization=off,gic-version=2 -cpu cortex-a53 -m 512");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), -ENODEV);
    assert_non_null(strstr(why, "virtualization=on"));
    tree_free(&t);
}

static void expect_refusal(const struct tree *t, int error, const char *word)
{
    struct platform p;
    const char *why;
    int got = read_tree(&p, t, &why);

    if (got != error || why == NULL || strstr(why, word) == NULL)
        fail_msg("wanted %d with \"%s\", got %d, %s", error, word, got, why == NULL ? "-" : why);
}


static void more_pieces_than_can_be_kept_are_refused(void **state)
{
    struct tree t = with_nodes("/", "bank", 40, "device_type", "memory", 0x800000000, 0x2000);

    expect_refusal(&t, -EINVAL, "banks");
    tree_free(&t);
    t = with_nodes("/reserved-memory", "hole", 40, NULL, NULL, 0x1000000, 0x2000);
    expect_refusal(&t, -EINVAL, "reservations than can be kept");
    tree_free(&t);
    t = with_nodes("/reserved-memory", "hole", 29, NULL, NULL, 0x1000000, 0x2000);
    expect_refusal(&t, -EINVAL, "cut memory into more pieces");
    tree_free(&t);
    t = with_nodes("/", "frame", 17, "compatible", "arm,gic-v2m-frame", 0x800000000, 0x2000);
    expect_refusal(&t, -EINVAL, "v2m");
    tree_free(&t);
}

static void nodes_nested_too_deep_are_refused(void **state)
{
    struct tree base = tree_from_dts(FIXTURES "soc-gic400.dts");

    for (int depth = 15; depth <= 16; depth++) {
        struct tree t = tree_editable(&base, 4096);
        struct platform p;
        const char *why;
        int node = 0;

        for (int i = 0; i < depth; i++) assert_true((node = fdt_add_subnode(t.fdt, node, "n")) > 0);
        tree_pack(&t);
        if (depth == 15) assert_int_equal(read_tree(&p, &t, &why), 0);
        else expect_refusal(&t, -EINVAL, "deeper");
        tree_free(&t);
    }
    tree_free(&base);
}

static void a_tree_that_says_it_is_longer_than_any_may_be_is_refused(void **state)
{
    struct tree t = tree_from_dts(FIXTURES "soc-gic400.dts");

    fdt_set_totalsize(t.fdt, PLATFORM_FDT_MAX + 1);
    expect_refusal(&t, -EINVAL, "longer");
    tree_free(&t);
}

static void a_tree_cut_anywhere_is_refused_without_reading_past_it(void **state)
{
    struct tree whole = tree_from_dts(FIXTURES "soc-gic400.dts");

    for (size_t len = 40; len < whole.len; len++) {
        struct tree t = { malloc(len), len };
        struct platform p;
        const char *why;

        memcpy(t.fdt, whole.fdt, len);
        fdt_set_totalsize(t.fdt, (uint32_t)len);
        assert_int_equal(read_tree(&p, &t, &why), -EINVAL);
        assert_non_null(why);
        /* The same with the structure block said to end there. */
        if (len > fdt_off_dt_struct(whole.fdt) &&
            len < fdt_off_dt_struct(whole.fdt) + fdt_size_dt_struct(whole.fdt) - 8) {
            fdt_set_off_dt_strings(t.fdt, 40);
            fdt_set_size_dt_strings(t.fdt, 0);
            fdt_set_size_dt_struct(t.fdt, (uint32_t)len - fdt_off_dt_struct(whole.fdt));
            assert_int_equal(read_tree(&p, &t, &why), -EINVAL);
        }
        tree_free(&t);
    }
    tree_free(&whole);
}

static void flipped_bits_never_lead_outside_the_tree(void **state)
{
    struct tree whole = tree_from_dts(FIXTURES "soc-gic400.dts");
    uint32_t seed = 1, survived = 0;

    for (uint32_t round = 0; round < 20000; round++) {
        struct tree t = { malloc(whole.len), whole.len };
        uint32_t flips = 1 + tree_random(&seed) % 4;
        struct platform p;
        const char *why;
        int got;

        memcpy(t.fdt, whole.fdt, whole.len);
        while (flips-- > 0) {
            uint32_t at = 8 +
                          tree_random(&seed) % (uint32_t)(whole.len - 8); /* totalsize is given */

            ((uint8_t *)t.fdt)[at] ^= (uint8_t)(1u << tree_random(&seed) % 8);
        }
        got = read_tree(&p, &t, &why);
        assert_true(got == 0 || got == -EINVAL || got == -ENODEV);
        assert_true(got == 0 || why != NULL);
        survived += got == 0;
        tree_free(&t);
    }
    assert_true(survived > 1000); /* most bits are of no interest: the loop got past the header */
    tree_free(&whole);
}

static void a_bad_pointer_or_header_is_refused(void **state)
{
    struct tree t = tree_from_dts(FIXTURES "soc-gic400.dts");
    uint64_t zeros[8] = { 0 };
    struct platform p;
    const char *why;

    assert_int_equal(platform_read(&p, NULL, AT, &why), -EINVAL);
    assert_int_equal(platform_read(&p, (const char *)zeros + 2, AT, &why), -EINVAL);
    assert_int_equal(platform_read(&p, zeros, AT, &why), -EINVAL);
    assert_non_null(strstr(why, "magic"));
    fdt_set_version(t.fdt, 16);
    assert_int_equal(read_tree(&p, &t, &why), -EINVAL);
    assert_non_null(strstr(why, "version"));
    tree_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_or_wrong_is_named),
        cmocka_unit_test(a_gicv2_without_virtualisation_is_refused),
        cmocka_unit_test(more_pieces_than_can_be_kept_are_refused),
        cmocka_unit_test(nodes_nested_too_deep_are_refused),
        cmocka_unit_test(a_tree_that_says_it_is_longer_than_any_may_be_is_refused),
        cmocka_unit_test(a_tree_cut_anywhere_is_refused_without_reading_past_it),
        cmocka_unit_test(flipped_bits_never_lead_outside_the_tree),
        cmocka_unit_test(a_bad_pointer_or_header_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

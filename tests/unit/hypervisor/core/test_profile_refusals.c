/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/profile.c lib/fdt_cursor.c tests/unit/hypervisor/fake/tree.c libfdt
/* Every rule of a profile blob, broken: one line each. */
#include "tests/unit/hypervisor/core/profile_blob.h"

struct edit {
    const char *node, *prop; /* prop NULL: the node goes; value NULL: the property goes; no such
                                node: it is added */
    const char *value;
    int len;
    const char *word;               /* in the reason; NULL: accepted */
};

#define BYTES(s) s, sizeof(s) - 1
#define LONG_32 "abcdefghijklmnopqrstuvwxyz012345"

static const struct edit guest_edits[] = {
    { "/", "compatible", BYTES("shyper,profile-2\0"), "compatible" },
    { "/", "compatible", NULL, 0, "compatible" },
    { "/", "name", NULL, 0, "name" },
    { "/", "name", BYTES("\0"), "name" },
    { "/", "name", BYTES("a b\0"), "name" },
    { "/", "name", BYTES("a\0b\0"), "name" },
    { "/", "name", BYTES("unterminated"), "name" },
    { "/", "name", BYTES(LONG_32 "\0"), "name" },
    { "/", "name", BYTES("abcdefghijklmnopqrstuvwxyz01234\0"), NULL },
    { "/", "type", NULL, 0, "type" },
    { "/", "type", BYTES("\0\0\0\2"), "type" },
    { "/", "type", BYTES("\0\0\0\0\0\0\0\0"), "type" },
    { "/", "cmdline", BYTES("no end"), "cmdline" },
    { "/", "colour", BYTES("blue\0"), "does not know" },
    { "/colours", "", BYTES(""), "does not know" },
    { "/image/part", "", BYTES(""), "does not know" },
    { "/devices/dev@1/part", "", BYTES(""), "does not know" },
    { "/devices/other", "", BYTES(""), "does not know" },
    { "/image", NULL, NULL, 0, "entry" },
    { "/image", "entry", NULL, 0, "entry" },
    { "/image", "entry", BYTES("\0\0\0\0"), "entry" },
    { "/image", "entry", BYTES("\0\0\0\0\x44\0\0\0"), "entry" }, /* just behind memory */
    { "/image", "entry", BYTES("\0\0\0\0\x40\0\0\2"), "entry" },
    { "/image", "entry", BYTES("\0\0\0\0\x43\xff\xff\xfc"), NULL },
    { "/image", "entry", BYTES("\0\0\0\1\0\0\0\0"), NULL },
    { "/image", "dtb", BYTES("\0\0\0\0\0\0\0\0"), NULL },
    { "/image", "dtb", BYTES("\0\0\0\0\x3f\xff\xff\xf8"), "dtb" },
    { "/image", "dtb", BYTES("\0\0\0\0\x43\0\0\4"), "dtb" },
    { "/image", "load", NULL, 0, "load" },
    { "/image", "load", BYTES("\0\0\0\0\0\0\0\0"), "load" },
    { "/image", "kernel", NULL, 0, "no kernel" },
    { "/image", "ramdisk", NULL, 0, "ramdisk" },
    { "/image", "ramdisk-load", NULL, 0, "ramdisk" },
    { "/image", "ramdisk-load", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "ramdisk" },
    { "/image", "dtb-gicv2", BYTES("no device tree at all, only some text........"), "dtb-gicv2" },
    { "/image", "dtb-gicv3", BYTES(""), "dtb-gicv3" },
    { "/image", "dtb-gicv3", NULL, 0, NULL },
    { "/memory", NULL, NULL, 0, "memory" },
    { "/memory", "reg", BYTES(""), "memory" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0"), "memory" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0"), "4 KiB" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\1\0\0\0\0\4\0\0\0"), "4 KiB" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0\4\0\1\0"), "4 KiB" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\0\xff\xff\xff\xff\xff\xff\xf0\0"), "wraps" },
    { "/memory", "reg",
      BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\x43\xff\xf0\0\0\0\0\0\0\0\x10\0"),
      "ascending" },
    { "/memory", "reg",
      BYTES("\0\0\0\0\x44\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\4\0\0\0"), "ascending" },
    { "/memory", "reg",
      BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\x42\0\0\0\0\0\0\0\2\0\0\0"), NULL },
    { "/memory", "reg", BYTES("\0\0\0\0\x08\0\0\0\0\0\0\0\x3c\0\0\0"), "overlaps memory" },
    { "/cpus", NULL, NULL, 0, "count" },
    { "/cpus", "count", BYTES("\0\0\0\0"), "count" },
    { "/cpus", "count", BYTES("\0\0\0\x09"), "count" },
    { "/cpus", "count", BYTES("\0\0\0\x08"), NULL },
    { "/cpus", "count", BYTES("\1\0\0\1"), "count" },
    { "/cpus", "bitmap", BYTES("\0\0\0\6"), "bitmap" },
    { "/cpus", "bitmap", BYTES("\0\0\0\0\0\0\0\3"), "master" },
    { "/cpus", "bitmap", BYTES("\0\0\0\0\0\0\0\0"), NULL },
    { "/cpus", "master", BYTES("\0\0\0\x40"), "master" },
    { "/cpus", "master", BYTES("\xff\xff\xff\xff"), NULL },
    { "/restart", NULL, NULL, 0, NULL },
    { "/restart", "policy", NULL, 0, "policy is missing" },
    { "/restart", "policy", BYTES("\0\0\0\3"), "policy" },
    { "/restart", "policy", BYTES("\0\0"), "policy" },
    { "/restart", "delay-ms", NULL, 0, NULL },
    { "/restart", "delay-ms", BYTES("\0\0\0\0"), NULL },
    { "/restart", "delay-ms", BYTES("\0\0\xea\x60"), NULL },
    { "/restart", "delay-ms", BYTES("\0\0\xea\x61"), "delay-ms" },
    { "/restart", "times", BYTES("\0\0\0\1"), "does not know" },
    { "/heartbeat", NULL, NULL, 0, NULL },
    { "/heartbeat", "timeout-ms", NULL, 0, "timeout-ms" },
    { "/heartbeat", "timeout-ms", BYTES("\0\0\0\x09"), "timeout-ms" },
    { "/heartbeat", "timeout-ms", BYTES("\0\0\0\x0a"), NULL },
    { "/heartbeat", "timeout-ms", BYTES("\0\x36\xee\x80"), NULL },
    { "/heartbeat", "timeout-ms", BYTES("\0\x36\xee\x81"), "timeout-ms" },
    { "/cpus", "class", BYTES("\0\0\0\0"), NULL },
    { "/cpus", "class", BYTES("\0\0\0\2"), NULL },
    { "/cpus", "class", BYTES("\0\0\0\3"), "class" },
    { "/cpus", "class", BYTES("\0"), "class" },
    { "/cpus", "class", BYTES("\0\0\0\1"), "priority" },
    { "/cpus", "weight", BYTES("\0\0\0\1"), NULL },
    { "/cpus", "weight", BYTES("\0\0\x27\x10"), NULL },
    { "/cpus", "weight", BYTES("\0\0\0\0"), "weight" },
    { "/cpus", "weight", BYTES("\0\0\x27\x11"), "weight" },
    { "/cpus", "weight", BYTES("\0\0\0\0\0\0\0\1"), "weight" },
    { "/cpus", "priority", BYTES("\0\0\0\1"), "realtime only" },
    { "/cpus", "budget-us", BYTES("\0\0\0\1"), "realtime only" },
    { "/cpus", "period-us", BYTES("\0\0\0\x64"), "realtime only" },
    { "/devices/dev@0", "type", NULL, 0, "type" },
    { "/devices/dev@0", "type", BYTES("\0\0\0\2"), "not served" },
    { "/devices/dev@0", "type", BYTES("\0\0\0\x63"), "not served" },
    { "/devices/dev@0", "name", NULL, 0, "name" },
    { "/devices/dev@0", "name", BYTES("a b\0"), "name" },
    { "/devices/dev@0", "name", BYTES(LONG_32 "\0"), "name" },
    { "/devices/dev@0", "reg", NULL, 0, "reg" },
    { "/devices/dev@0", "reg", BYTES("\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0"), "reg is empty" },
    { "/devices/dev@0", "reg", BYTES("\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\2\0"), "4 KiB" },
    { "/devices/dev@0", "reg", BYTES("\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0\0\x20\0"), "wraps" },
    { "/devices/dev@0", "reg", BYTES("\0\0\0\0\x08\x00\xf0\0\0\0\0\0\0\0\x10\0"),
      "another device" },
    { "/devices/dev@0", "reg", BYTES("\0\0\0\0\x3f\xff\xf0\0\0\0\0\0\0\0\x20\0"),
      "overlaps memory" },
    { "/devices/dev@0", "irq", BYTES("\0\0\0\x1b"), "irq" },
    { "/devices/dev@0", "irq", BYTES("\0\0\3\xfc"), "irq" },
    { "/devices/dev@1", "irq", BYTES("\0\0\0\x21"), "irq" },
    { "/devices/dev@0", "irq", NULL, 0, NULL },
    { "/devices/dev@0", "cfg", BYTES("\0\0\0"), "cfg" },
    { "/devices/dev@0", "cfg",
      BYTES("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), NULL },
    { "/devices/dev@0", "cfg",
      BYTES("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefWORD"), "cfg" },
    { "/devices", NULL, NULL, 0, NULL },
};

static const struct edit mvm_edits[] = {
    { "/image", "kernel", NULL, 0, "kernel" },
    { "/image", "load", BYTES("\0\0\0\0\x40\0\0\0"), "chosen at boot" },
    { "/image", "entry", BYTES("\0\0\0\0\x40\0\0\0"), "chosen at boot" },
    { "/memory", "reg", BYTES("\0\0\0\0\x40\0\0\0\0\0\0\0\4\0\0\0"), "chosen at boot" },
    { "/image", "ramdisk", BYTES("mvm/ramdisk\0"), NULL },
    { "/restart", "policy", BYTES("\0\0\0\0"), NULL },
    { "/heartbeat", "timeout-ms", BYTES("\0\0\x10\0"), NULL },
    { "/cpus", "class", BYTES("\0\0\0\2"), "management VM" },
    { "/cpus", "weight", BYTES("\0\0\0\2"), NULL },
};

static void edit_tree(void *fdt, const struct edit *e)
{
    int node = fdt_path_offset(fdt, e->node);

    if (node < 0) {
        const char *last = strrchr(e->node, '/');
        int parent = last == e->node ? 0
                                     : fdt_path_offset_namelen(fdt, e->node, (int)(last - e->node));

        node = add(fdt, parent, last + 1);
    }
    if (e->prop == NULL) assert_int_equal(fdt_del_node(fdt, node), 0);
    else if (e->value == NULL) (void)fdt_delprop(fdt, node, e->prop);
    else if (e->prop[0] != '\0')
        assert_int_equal(fdt_setprop(fdt, node, e->prop, e->value, e->len), 0);
}

static void try_edits(const struct edit *edits, size_t count, struct tree (*make)(void))
{
    for (size_t i = 0; i < count; i++) {
        struct tree t = make();
        struct vm_config c;
        const char *why;
        int got;

        edit_tree(t.fdt, &edits[i]);
        tree_pack(&t);
        got = decode(&t, &c, &why);
        if (edits[i].word == NULL
                ? got != 0
                : got != -EINVAL || why == NULL || strstr(why, edits[i].word) == NULL)
            fail_msg("edit %zu, %s %s: %d, %s", i, edits[i].node, edits[i].prop, got,
                     why == NULL ? "-" : why);
        tree_free(&t);
    }
}

/* Class realtime, 2 ms in every 10 ms. */
static struct tree realtime_blob(void)
{
    struct tree t = full_blob();
    int node = fdt_path_offset(t.fdt, "/cpus");

    put_u32(t.fdt, node, "class", SHYPER_CLASS_REALTIME);
    put_u32(t.fdt, node, "priority", 7);
    put_u32(t.fdt, node, "budget-us", 2000);
    put_u32(t.fdt, node, "period-us", 10000);
    return t;
}

static const struct edit realtime_edits[] = {
    { "/cpus", "class", NULL, 0, "realtime only" },
    { "/cpus", "class", BYTES("\0\0\0\2"), "realtime only" },
    { "/cpus", "weight", BYTES("\0\0\0\1"), "weight" },
    { "/cpus", "priority", NULL, 0, "priority" },
    { "/cpus", "priority", BYTES("\0\0\0\0"), NULL },
    { "/cpus", "priority", BYTES("\0\0\0\x1f"), NULL },
    { "/cpus", "priority", BYTES("\0\0\0\x20"), "priority" },
    { "/cpus", "priority", BYTES("\xff\xff\xff\xff"), "priority" },
    { "/cpus", "budget-us", NULL, 0, "budget" },
    { "/cpus", "budget-us", BYTES("\0\0\0\0"), "budget" },
    { "/cpus", "budget-us", BYTES("\0\0\x27\x10"), NULL },
    { "/cpus", "budget-us", BYTES("\0\0\x27\x11"), "budget" },
    { "/cpus", "period-us", NULL, 0, "period" },
    { "/cpus", "period-us", BYTES("\0\0\0\x63"), "period" },
    { "/cpus", "period-us", BYTES("\0\0\x07\xd0"), NULL },
    { "/cpus", "period-us", BYTES("\0\x0f\x42\x40"), NULL },
    { "/cpus", "period-us", BYTES("\0\x0f\x42\x41"), "period" },
};

/* regression: 27 */
static void how_a_vm_shares_its_cores_is_kept_or_refused(void **state)
{
    struct tree t = realtime_blob();
    struct vm_config c;
    const char *why;

    tree_pack(&t);
    if (decode(&t, &c, &why) != 0) fail_msg("%s", why);
    assert_int_equal(c.sched.class, SHYPER_CLASS_REALTIME);
    assert_int_equal(c.sched.priority, 7);
    assert_int_equal(c.sched.budget_us, 2000);
    assert_int_equal(c.sched.period_us, 10000);
    tree_free(&t);
    try_edits(realtime_edits, ARRAY_LEN(realtime_edits), realtime_blob);
}

/* regression: 4, 6, 7 */
static void each_broken_rule_is_named(void **state)
{
    try_edits(guest_edits, ARRAY_LEN(guest_edits), full_blob);
}

static void the_management_vm_has_rules_of_its_own(void **state)
{
    try_edits(mvm_edits, ARRAY_LEN(mvm_edits), mvm_blob);
}

/* Nothing of the board can be given to a guest yet: there is no way to say it. */
/* regression: 52, 56 */
static void passthrough_has_no_place_in_a_profile(void **state)
{
    static const char *const names[] = { "passthrough", "passthrough_device", "dtb_device", "smmu" };
    struct vm_config c;
    const char *why;

    for (uint32_t type = 0; type < 300; type++) {
        struct tree t = full_blob();
        bool emulated = type == SHYPER_DEV_CONSOLE || type == SHYPER_DEV_GICD || type == SHYPER_DEV_GICR || type == SHYPER_DEV_GICC;

        put_u32(t.fdt, fdt_path_offset(t.fdt, "/devices/dev@1"), "type", type);
        assert_int_equal(decode(&t, &c, &why), emulated ? 0 : -EINVAL);
        if (!emulated) assert_non_null(strstr(why, "type"));
        tree_free(&t);
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct tree t = full_blob();

        (void)add(t.fdt, 0, names[i]);
        assert_int_equal(decode(&t, &c, &why), -EINVAL);
        assert_non_null(strstr(why, "a node this version does not know"));
        tree_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_a_vm_shares_its_cores_is_kept_or_refused),
        cmocka_unit_test(each_broken_rule_is_named),
        cmocka_unit_test(the_management_vm_has_rules_of_its_own),
        cmocka_unit_test(passthrough_has_no_place_in_a_profile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

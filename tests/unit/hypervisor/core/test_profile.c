/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/profile.c lib/fdt_cursor.c tests/unit/hypervisor/fake/tree.c libfdt
/* The decoder of profile blobs: a full one field by field, one edit of it per rule, every cut,
 * random damage. */
#define _GNU_SOURCE              /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/vm.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define ROOM 16384

static int add(void *fdt, int parent, const char *name)
{
    int node = fdt_add_subnode(fdt, parent, name);

    assert_true(node > 0);
    return node;
}

static void put_u32(void *fdt, int node, const char *name, uint32_t v)
{
    assert_int_equal(fdt_setprop_u32(fdt, node, name, v), 0);
}

static void put_u64(void *fdt, int node, const char *name, uint64_t v)
{
    assert_int_equal(fdt_appendprop_u64(fdt, node, name, v), 0);
}

static void put_text(void *fdt, int node, const char *name, const char *text)
{
    assert_int_equal(fdt_setprop(fdt, node, name, text, (int)strlen(text) + 1), 0);
}

static void add_device(void *fdt, const char *node_name, uint32_t type, const char *name,
                       uint64_t ipa, uint64_t len, uint32_t irq)
{
    int node = add(fdt, fdt_path_offset(fdt, "/devices"), node_name);

    put_u32(fdt, node, "type", type);
    put_text(fdt, node, "name", name);
    put_u64(fdt, node, "reg", ipa);
    put_u64(fdt, node, "reg", len);
    put_u32(fdt, node, "irq", irq);
}

/** A boot-time VM that uses everything. */
static struct tree full_blob(void)
{
    struct tree t = { malloc(ROOM), ROOM };
    uint64_t guest[64];
    int node;

    assert_non_null(t.fdt);
    assert_int_equal(fdt_create_empty_tree(t.fdt, ROOM), 0);
    assert_int_equal(fdt_create_empty_tree(guest, sizeof(guest)), 0);
    assert_int_equal(fdt_pack(guest), 0);
    put_text(t.fdt, 0, "compatible", "shyper,profile-1");
    put_text(t.fdt, 0, "name", "vm-1.A_b");
    put_u32(t.fdt, 0, "type", SHYPER_VM_TYPE_LINUX);
    put_text(t.fdt, 0, "cmdline", "console=ttyAMA0 quiet");
    node = add(t.fdt, 0, "image");
    put_u64(t.fdt, node, "entry", 0x40080000);
    put_u64(t.fdt, node, "dtb", 0x43000000);
    put_u64(t.fdt, node, "load", 0x40080000);
    put_text(t.fdt, node, "kernel", "vm/vm-1.A_b/kernel");
    put_text(t.fdt, node, "ramdisk", "vm/vm-1.A_b/ramdisk");
    put_u64(t.fdt, node, "ramdisk-load", 0x42000000);
    assert_int_equal(fdt_setprop(t.fdt, node, "dtb-gicv2", guest, (int)fdt_totalsize(guest)), 0);
    assert_int_equal(fdt_setprop(t.fdt, node, "dtb-gicv3", guest, (int)fdt_totalsize(guest)), 0);
    node = add(t.fdt, 0, "memory");
    put_u64(t.fdt, node, "reg", 0x40000000);
    put_u64(t.fdt, node, "reg", 0x4000000);
    put_u64(t.fdt, node, "reg", 0x100000000);
    put_u64(t.fdt, node, "reg", 0x1000);
    node = add(t.fdt, 0, "cpus");
    put_u32(t.fdt, node, "count", 2);
    put_u64(t.fdt, node, "bitmap", 0x6);
    put_u32(t.fdt, node, "master", 2);
    node = add(t.fdt, 0, "restart");
    put_u32(t.fdt, node, "policy", SHYPER_RESTART_ON_CRASH);
    put_u32(t.fdt, node, "delay-ms", 250);
    put_u32(t.fdt, add(t.fdt, 0, "heartbeat"), "timeout-ms", 3000);
    (void)add(t.fdt, 0, "devices");
    add_device(t.fdt, "dev@0", SHYPER_DEV_CONSOLE, "uart@9000000", 0x09000000, 0x1000, 33);
    node = fdt_path_offset(t.fdt, "/devices/dev@0");
    put_u32(t.fdt, node, "cfg", SHYPER_UART_PL011);
    add_device(t.fdt, "dev@1", SHYPER_DEV_GICD, "gicd", 0x08000000, 0x10000, 0);
    add_device(t.fdt, "dev@2", SHYPER_DEV_GICC, "gicc", 0x08010000, 0x2000, 0);
    return t;
}

/** Like pack's for the management VM. */
static struct tree mvm_blob(void)
{
    struct tree t = { malloc(ROOM), ROOM };
    int node;

    assert_non_null(t.fdt);
    assert_int_equal(fdt_create_empty_tree(t.fdt, ROOM), 0);
    put_text(t.fdt, 0, "compatible", "shyper,profile-1");
    put_text(t.fdt, 0, "name", "mvm");
    put_u32(t.fdt, 0, "type", SHYPER_VM_TYPE_MVM);
    node = add(t.fdt, 0, "image");
    put_text(t.fdt, node, "kernel", "mvm/kernel");
    node = add(t.fdt, 0, "cpus");
    put_u32(t.fdt, node, "count", 1);
    put_u64(t.fdt, node, "bitmap", 1);
    return t;
}

static int decode(const struct tree *t, struct vm_config *out, const char **why)
{
    *why = NULL;
    return profile_decode(t->fdt, (uint32_t)t->len, out, why);
}

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
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(passthrough_has_no_place_in_a_profile),
        cmocka_unit_test(what_is_absent_has_its_default),
        cmocka_unit_test(the_management_vms_profile_is_short),
        cmocka_unit_test(each_broken_rule_is_named),
        cmocka_unit_test(how_a_vm_shares_its_cores_is_kept_or_refused),
        cmocka_unit_test(the_management_vm_has_rules_of_its_own),
        cmocka_unit_test(lists_at_their_limit_are_taken_and_beyond_it_refused),
        cmocka_unit_test(a_property_or_node_given_twice_is_refused),
        cmocka_unit_test(a_blob_that_is_too_long_or_no_tree_is_refused),
        cmocka_unit_test(a_blob_cut_anywhere_is_refused),
        cmocka_unit_test(what_damage_survives_still_keeps_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

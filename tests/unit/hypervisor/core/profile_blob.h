/* SPDX-License-Identifier: Apache-2.0 */
/* Profile blobs that are right, to take apart. */
#pragma once

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

static inline int add(void *fdt, int parent, const char *name)
{
    int node = fdt_add_subnode(fdt, parent, name);

    assert_true(node > 0);
    return node;
}

static inline void put_u32(void *fdt, int node, const char *name, uint32_t v)
{
    assert_int_equal(fdt_setprop_u32(fdt, node, name, v), 0);
}

static inline void put_u64(void *fdt, int node, const char *name, uint64_t v)
{
    assert_int_equal(fdt_appendprop_u64(fdt, node, name, v), 0);
}

static inline void put_text(void *fdt, int node, const char *name, const char *text)
{
    assert_int_equal(fdt_setprop(fdt, node, name, text, (int)strlen(text) + 1), 0);
}

static inline void add_device(void *fdt, const char *node_name, uint32_t type, const char *name,
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
static inline struct tree full_blob(void)
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
static inline struct tree mvm_blob(void)
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

static inline int decode(const struct tree *t, struct vm_config *out, const char **why)
{
    *why = NULL;
    return profile_decode(t->fdt, (uint32_t)t->len, out, why);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The board as a device tree describes it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/platform.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define FIXTURES "tests/unit/hypervisor/core/fixtures/"
#define AT PA(0x48000000)
/* A property, and how long it is: text with its end, or bytes. */
#define TEXT(s)  s, sizeof(s)
#define BYTES(s) s, sizeof(s) - 1

static inline int read_tree(struct platform *p, const struct tree *t, const char **why)
{
    *why = NULL;
    return platform_read(p, t->fdt, AT, why);
}

static inline void expect_ram(const struct platform *p, uint32_t i, uint64_t base, uint64_t end)
{
    assert_true(i < p->ram.count);
    assert_int_equal(p->ram.at[i].base, base);
    assert_int_equal(p->ram.at[i].end, end);
}

/** The fixture with room, and `count` nodes NAME@i below `parent`, each with these properties. */
static inline struct tree with_nodes(const char *parent, const char *name, uint32_t count,
                                     const char *text_prop, const char *text, uint64_t first,
                                     uint64_t step)
{
    struct tree base = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct tree t = tree_editable(&base, 16384);

    for (uint32_t i = 0; i < count; i++) {
        char node_name[32];
        int node;

        (void)snprintf(node_name, sizeof(node_name), "%s@%x", name, i);
        node = fdt_add_subnode(t.fdt, fdt_path_offset(t.fdt, parent), node_name);
        assert_true(node > 0);
        if (text_prop != NULL)
            assert_int_equal(fdt_setprop(t.fdt, node, text_prop, text, (int)strlen(text) + 1), 0);
        assert_int_equal(fdt_setprop_u64(t.fdt, node, "reg", first + i * step), 0);
        assert_int_equal(fdt_appendprop_u32(t.fdt, node, "reg", 0x1000), 0);
    }
    tree_pack(&t);
    tree_free(&base);
    return t;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the firmware's tree that copies it, with these edits and no others:
 *
 *   memory             nodes replaced by the ranges the MVM has, the guest pool among them
 *   /reserved-memory   a child for each piece of the guest pool, without no-map, so that Linux has
 *                      struct pages for it
 *   /cpus              only CPUs the MVM has; enable-method is psci; cpu-map and idle states go
 *                      (they name what went)
 *   psci               compatible says 1.0 and 0.2; the firmware's conduit stays, EL2 answers on
 *                      both; made when absent
 *   GIC                hypervisor registers and maintenance interrupt go; message interrupts (ITS,
 *                      v2m) go
 *   /chosen            command line, ramdisk and seeds are ours
 *   /hypervisor        added: doorbell interrupt, pool
 *   SMMUs, PMU, SPE    go, and every reference to SMMUs and message interrupts
 *
 * What is to happen to a node depends on its own properties, so they are looked through first
 * (mvm_tree_edit.c) and copied or left out then. A forward walk needs no room beyond the result and
 * costs a few instructions per byte; editing in place by libfdt moves the rest of the tree with
 * each edit. */
#include "hypervisor/core/mvm_tree_builder.h"

/** The cursor stands behind a node's name: pass over all of it. */
static int skip_node(struct builder *b)
{
    struct fdt_token t;
    uint32_t depth = 1;

    while (depth > 0) {
        int tag = fdt_cursor_next(&b->in, &t);

        if (tag == FDT_TAG_NODE) depth++;
        else if (tag == FDT_TAG_NODE_END) depth--;
        else if (tag != FDT_TAG_PROP)
            return builder_refuse(b, -EINVAL, "device tree: malformed or cut off");
    }
    return 0;
}

static int node_begin(struct builder *b, const char *name)
{
    struct facts f;
    enum kind kind;
    int error = builder_look_at(b, &f);

    if (error < 0) return error;
    if (b->depth == DEPTH_MAX)
        return builder_refuse(b, -EINVAL, "device tree: nodes are nested deeper than 16");
    kind = builder_kind(b, name, &f);
    if (kind == KIND_DROP) return skip_node(b);
    b->level[b->depth++] = (struct level){ (uint8_t)kind, (uint8_t)f.address_cells,
                                           (uint8_t)f.size_cells };
    if (b->depth == 1 &&
        (f.address_cells == 0 || f.address_cells > 2 || f.size_cells == 0 || f.size_cells > 2))
        return builder_refuse(
            b, -EINVAL, "device tree: the root's #address-cells or #size-cells is not 1 or 2");

    fdt_writer_node(&b->out, name);
    if ((error = builder_copy_props(b, kind, &f)) < 0) return error;
    switch (kind) {
    case KIND_CHOSEN:
        builder_put_chosen(b);
        b->chosen = true;
        break;
    case KIND_CPU:
        builder_put_cpu(b);
        break;
    case KIND_PSCI:
        builder_put_psci(b);
        b->psci = true;
        break;
    case KIND_GIC2:
    case KIND_GIC3:
        if (b->gic_phandle == 0) b->gic_phandle = f.phandle;
        break;
    default:
        break;
    }
    return 0;
}

static int node_end(struct builder *b)
{
    int error = 0;

    if (b->level[b->depth - 1].kind == KIND_RESERVED) {
        if (b->level[b->depth - 1].address_cells != b->level[0].address_cells ||
            b->level[b->depth - 1].size_cells != b->level[0].size_cells)
            return builder_refuse(
                b, -EINVAL, "device tree: /reserved-memory has other cell sizes than the root");
        error = builder_put_pool(b);
        b->reserved = true;
    } else if (b->depth == 1) {
        error = builder_put_nodes(b);
    }
    if (error < 0) return error;
    fdt_writer_node_end(&b->out);
    b->depth--;
    return 0;
}

int mvm_tree_build(void *out, uint32_t room, const void *fdt, const struct mvm_tree_params *p,
                   uint32_t *bytes, const char **why)
{
    struct builder b = { .p = p, .why = why };
    struct fdt_token t;
    int error;

    if (fdt_cursor_open(&b.in, fdt, PLATFORM_FDT_MAX, why) < 0) return -EINVAL;
    builder_begin(&b, out, room);
    do {
        int tag = fdt_cursor_next(&b.in, &t);

        if (tag == FDT_TAG_NODE) error = node_begin(&b, t.name);
        else if (tag == FDT_TAG_NODE_END && b.depth > 0) error = node_end(&b);
        else return builder_refuse(&b, -EINVAL, "device tree: malformed or cut off");
        if (error < 0) return error;
    } while (b.depth > 0);
    if (fdt_writer_finish(&b.out, bytes) < 0)
        return builder_refuse(&b, -ENOSPC, "device tree: the room for the MVM's is too small");
    return 0;
}

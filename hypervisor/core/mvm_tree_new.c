/* SPDX-License-Identifier: Apache-2.0 */
/* What the management VM's tree has and the firmware's has not. */
#include "hypervisor/core/mvm_tree_builder.h"
#include "lib/str.h"

void builder_begin(struct builder *b, void *out, uint32_t room)
{
    static const char names[] =
        "reg\0device_type\0bootargs\0linux,initrd-start\0linux,initrd-end\0kaslr-seed\0rng-seed\0"
        "enable-method\0compatible\0method\0interrupts\0interrupt-parent\0#address-cells\0"
        "#size-cells\0ranges\0shyper,pool";

    fdt_writer_begin(&b->out, out, room, &b->in, names, sizeof(names));
}

static const char psci_compatible[] = "arm,psci-1.0\0arm,psci-0.2";

void builder_put_chosen(struct builder *b)
{
    const struct mvm_tree_params *p = b->p;

    fdt_writer_prop_text(&b->out, "bootargs", p->bootargs);
    if (p->initrd_end > p->initrd_base) {
        fdt_writer_prop_cells(&b->out, "linux,initrd-start", p->initrd_base, 2);
        fdt_writer_prop_cells(&b->out, "linux,initrd-end", p->initrd_end, 2);
    }
    if (p->entropy != NULL) {
        fdt_writer_prop(&b->out, "kaslr-seed", p->entropy, 8);
        fdt_writer_prop(&b->out, "rng-seed", p->entropy + 8, PLATFORM_ENTROPY - 8);
    }
}

void builder_put_cpu(struct builder *b)
{
    fdt_writer_prop_text(&b->out, "enable-method", "psci");
}

void builder_put_psci(struct builder *b)
{
    fdt_writer_prop(&b->out, "compatible", psci_compatible, sizeof(psci_compatible));
}

/** One pair of address and length in the root's cells. */
static int put_range(struct builder *b, const struct range *r)
{
    const struct level *root = &b->level[0];

    if ((root->address_cells == 1 && r->end > UINT64_C(1) << 32) ||
        (root->size_cells == 1 && r->end - r->base > UINT32_MAX))
        return builder_refuse(
            b, -EINVAL, "device tree: the root's cells are too few for the addresses of memory");
    fdt_writer_cells(&b->out, r->base, root->address_cells);
    fdt_writer_cells(&b->out, r->end - r->base, root->size_cells);
    return 0;
}

static uint32_t range_bytes(const struct builder *b)
{
    return 4u * (b->level[0].address_cells + (uint32_t)b->level[0].size_cells);
}

/** "kind@hexadecimal" */
static void node_at(struct builder *b, const char *kind, uint64_t address)
{
    char name[40];
    size_t at = strlen(kind);
    int shift = 60;

    memcpy(name, kind, at);
    name[at++] = '@';
    while (shift > 0 && address >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) name[at++] = "0123456789abcdef"[address >> shift & 15];
    name[at] = '\0';
    fdt_writer_node(&b->out, name);
}

static int put_memory(struct builder *b)
{
    struct ranges all = *b->p->ram;
    int error;

    for (uint32_t i = 0; i < b->p->pool->count; i++) {
        if (ranges_add(&all, b->p->pool->at[i].base, b->p->pool->at[i].end) < 0)
            return builder_refuse(b, -EINVAL,
                                  "device tree: memory is in more pieces than can be kept");
    }
    if (all.count == 0)
        return builder_refuse(b, -EINVAL, "device tree: no memory for the management VM");
    node_at(b, "memory", all.at[0].base);
    fdt_writer_prop_text(&b->out, "device_type", "memory");
    fdt_writer_prop_open(&b->out, "reg", all.count * range_bytes(b));
    for (uint32_t i = 0; i < all.count; i++) {
        if ((error = put_range(b, &all.at[i])) < 0) return error;
    }
    fdt_writer_node_end(&b->out);
    return 0;
}

int builder_put_pool(struct builder *b)
{
    int error;

    for (uint32_t i = 0; i < b->p->pool->count; i++) {
        node_at(b, "shyper-pool", b->p->pool->at[i].base);
        fdt_writer_prop_open(&b->out, "reg", range_bytes(b));
        if ((error = put_range(b, &b->p->pool->at[i])) < 0) return error;
        fdt_writer_node_end(&b->out);
    }
    return 0;
}

static void put_hypervisor(struct builder *b)
{
    const struct ranges *pool = b->p->pool;

    fdt_writer_node(&b->out, "hypervisor");
    fdt_writer_prop_text(&b->out, "compatible", "shyper,hypervisor");
    if (b->p->doorbell >= 32) {
        fdt_writer_prop_open(&b->out, "interrupts", 12);
        fdt_writer_cells(&b->out, 0, 1);                    /* SPI */
        fdt_writer_cells(&b->out, b->p->doorbell - 32, 1);
        fdt_writer_cells(&b->out, 1, 1);                    /* rising edge */
        if (b->gic_phandle != 0) {
            fdt_writer_prop_cells(&b->out, "interrupt-parent", b->gic_phandle, 1);
        }
    }
    fdt_writer_prop_open(&b->out, "shyper,pool", pool->count * 16);
    for (uint32_t i = 0; i < pool->count; i++) {
        fdt_writer_cells(&b->out, pool->at[i].base, 2);
        fdt_writer_cells(&b->out, pool->at[i].end - pool->at[i].base, 2);
    }
    fdt_writer_node_end(&b->out);
}

int builder_put_nodes(struct builder *b)
{
    int error;

    if ((error = put_memory(b)) < 0) return error;
    if (!b->reserved && b->p->pool->count != 0) {
        fdt_writer_node(&b->out, "reserved-memory");
        fdt_writer_prop_cells(&b->out, "#address-cells", b->level[0].address_cells, 1);
        fdt_writer_prop_cells(&b->out, "#size-cells", b->level[0].size_cells, 1);
        fdt_writer_prop(&b->out, "ranges", NULL, 0);
        if ((error = builder_put_pool(b)) < 0) return error;
        fdt_writer_node_end(&b->out);
    }
    if (!b->chosen) {
        fdt_writer_node(&b->out, "chosen");
        builder_put_chosen(b);
        fdt_writer_node_end(&b->out);
    }
    if (!b->psci) {
        fdt_writer_node(&b->out, "psci");
        builder_put_psci(b);
        fdt_writer_prop_text(&b->out, "method", "hvc");
        fdt_writer_node_end(&b->out);
    }
    put_hypervisor(b);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes and properties of the firmware's tree the management VM sees, and which in another
 * form. */
#include "hypervisor/core/mvm_tree_builder.h"
#include "lib/str.h"

#define GICC_LEN  0x2000u

static bool name_is(const char *name, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(name, *list) == 0) return true;
    }
    return false;
}

static bool text_is(const struct fdt_token *t, const char *text)
{
    return fdt_token_text(t) != NULL && strcmp(fdt_token_text(t), text) == 0;
}

/** Is one of the strings of a compatible list among these? */
static bool compatible_with(const struct facts *f, const char *const *list)
{
    const char *at = fdt_token_text(&f->compatible), *end;

    if (at == NULL) return false;
    for (end = at + f->compatible.len; at < end; at += strlen(at) + 1) {
        if (name_is(at, list)) return true;
    }
    return false;
}

/* ---- what is to happen to a node ---- */

static uint32_t cell_of(const struct fdt_token *t, uint32_t absent)
{
    return t->data == NULL ? absent : t->len == 4 ? fdt_cell(t->data) : 0;
}

int builder_look_at(struct builder *b, struct facts *f)
{
    static const char *const names[] = { "compatible",  "device_type", "reg", "#address-cells",
                                         "#size-cells", "phandle",     "#redistributor-regions" };
    struct fdt_token t, found[ARRAY_LEN(names) + 1] = { 0 };    /* the last one: any other */
    struct fdt_cursor ahead = b->in;
    int tag;

    while ((tag = fdt_cursor_next(&ahead, &t)) == FDT_TAG_PROP)
        found[str_index(t.name, names, ARRAY_LEN(names))] = t;
    if (tag < 0) return builder_refuse(b, -EINVAL, "device tree: malformed or cut off");
    *f = (struct facts){ .compatible = found[0], .device_type = found[1], .reg = found[2],
                         .address_cells = cell_of(&found[3], 2), .size_cells = cell_of(&found[4], 1),
                         .phandle = cell_of(&found[5], 0), .gicr_regions = cell_of(&found[6], 1) };
    if (f->address_cells > 4 || f->size_cells > 4)
        return builder_refuse(b, -EINVAL, "device tree: more than 4 cells");
    return 0;
}

static bool cpu_is_ours(const struct builder *b, const struct facts *f)
{
    uint64_t mpidr;

    if (f->reg.len == 4) mpidr = fdt_cell(f->reg.data);
    else if (f->reg.len == 8) mpidr = fdt_cells2(f->reg.data);
    else return false;
    for (uint32_t i = 0; i < b->p->cpu_count; i++) {
        if (b->p->mpidr[i] == (mpidr & MPIDR_AFFINITY)) return true;
    }
    return false;
}

static enum kind kind_at_root(const char *name, const struct facts *f)
{
    if (strcmp(name, "chosen") == 0) return KIND_CHOSEN;
    if (strcmp(name, "reserved-memory") == 0) return KIND_RESERVED;
    if (strcmp(name, "cpus") == 0) return KIND_CPUS;
    if (strcmp(name, "hypervisor") == 0 || strcmp(name, "distance-map") == 0) return KIND_DROP;
    return text_is(&f->device_type, "memory") ? KIND_DROP : KIND_OTHER;
}

enum kind builder_kind(const struct builder *b, const char *name, const struct facts *f)
{
    static const char *const gone[] = {
        "arm,gic-v3-its",
        "arm,gic-v2m-frame",
        "arm,smmu-v3",
        "arm,smmu-v1",
        "arm,smmu-v2",
        "arm,mmu-400",
        "arm,mmu-401",
        "arm,mmu-500",
        "nvidia,smmu-500",
        "arm,armv8-pmuv3",
        "arm,cortex-a53-pmu",
        "arm,cortex-a57-pmu",
        "arm,cortex-a72-pmu",
        "arm,cortex-a76-pmu",
        "arm,cortex-a15-pmu",
        "arm,statistical-profiling-extension-v1",
        NULL,
    };
    static const char *const gic2[] = { "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic",
                                        "arm,cortex-a9-gic", NULL };
    static const char *const gic3[] = { "arm,gic-v3", NULL };
    static const char *const psci[] = { "arm,psci-1.0", "arm,psci-0.2", "arm,psci", NULL };
    enum kind kind = KIND_OTHER;

    if (b->depth == 0) return KIND_OTHER;
    if (b->depth == 1) kind = kind_at_root(name, f);
    if (b->level[b->depth - 1].kind == KIND_CPUS) {
        if (strcmp(name, "cpu-map") == 0 || strcmp(name, "idle-states") == 0) return KIND_DROP;
        if (text_is(&f->device_type, "cpu")) return cpu_is_ours(b, f) ? KIND_CPU : KIND_DROP;
    }
    if (kind != KIND_OTHER || f->compatible.len == 0) return kind;
    if (compatible_with(f, gone)) return KIND_DROP;
    if (compatible_with(f, psci)) return KIND_PSCI;
    if (compatible_with(f, gic2)) return KIND_GIC2;
    if (compatible_with(f, gic3)) return KIND_GIC3;
    return KIND_OTHER;
}

/* ---- properties ---- */

static bool prop_stays(enum kind kind, const char *name)
{
    static const char *const nowhere[] = { "msi-parent", "msi-map",        "msi-map-mask", "iommus",
                                           "iommu-map",  "iommu-map-mask", "numa-node-id", NULL };
    static const char *const chosen[] = { "bootargs",   "linux,initrd-start", "linux,initrd-end",
                                          "kaslr-seed", "rng-seed",           NULL };
    static const char *const cpu[] = { "enable-method", "cpu-release-addr", "cpu-idle-states",
                                       NULL };
    static const char *const gic[] = { "interrupts",      "interrupts-extended",
                                       "interrupt-names", "msi-controller",
                                       "#msi-cells",      "mbi-ranges",
                                       "mbi-alias",       NULL };

    if ((name[0] == 'm' || name[0] == 'i' || name[0] == 'n') && name_is(name, nowhere))
        return false;
    switch (kind) {
    case KIND_CHOSEN:
        return !name_is(name, chosen);
    case KIND_CPU:
        return !name_is(name, cpu);
    case KIND_PSCI:
        return strcmp(name, "compatible") != 0;
    case KIND_GIC2:
    case KIND_GIC3:
        return !name_is(name, gic);
    default:
        return true;
    }
}

/** The GIC's registers without those of virtualisation. GICC shrinks to what is mapped in its
 * place. */
static void copy_gic_reg(struct builder *b, enum kind kind, const struct facts *f,
                         const struct fdt_token *t)
{
    const struct level *bus = &b->level[b->depth - 2];
    uint32_t entry = 4u * (bus->address_cells + (uint32_t)bus->size_cells);
    uint32_t count = kind == KIND_GIC2 ? 2 : 1 + MIN(f->gicr_regions, 16u);
    uint32_t len = MIN(t->len, count * entry);
    uint8_t reg[2 * 32];

    if (kind == KIND_GIC3 || entry == 0 || len != 2 * entry || bus->size_cells == 0) {
        fdt_writer_changed(&b->out, t, t->data, len);
        return;
    }
    memcpy(reg, t->data, len);              /* at most 2 entries of 8 cells */
    if (fdt_cell(reg + len - 4) > GICC_LEN) {
        const uint32_t shorter = __builtin_bswap32(GICC_LEN);

        memcpy(reg + len - 4, &shorter, 4);
    }
    fdt_writer_changed(&b->out, t, reg, len);
}

int builder_copy_props(struct builder *b, enum kind kind, const struct facts *f)
{
    struct fdt_cursor ahead;
    struct fdt_token t;
    int tag;

    for (;;) {
        ahead = b->in;
        tag = fdt_cursor_next(&ahead, &t);
        if (tag < 0) return builder_refuse(b, -EINVAL, "device tree: malformed or cut off");
        if (tag != FDT_TAG_PROP) return 0;
        b->in = ahead;
        if (!prop_stays(kind, t.name)) continue;
        if ((kind == KIND_GIC2 || kind == KIND_GIC3) && strcmp(t.name, "reg") == 0)
            copy_gic_reg(b, kind, f, &t);
        else fdt_writer_copy(&b->out, &t);
    }
}

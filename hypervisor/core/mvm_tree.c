/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the firmware's tree that copies it, with these edits and no others:
 *
 *   memory             nodes replaced by the ranges the MVM has, the guest pool among them
 *   /reserved-memory   a child for each piece of the guest pool, without no-map, so that Linux has struct pages for it
 *   /cpus              only CPUs the MVM has; enable-method is psci; cpu-map and idle states go (they name what went)
 *   psci               compatible says 1.0 and 0.2; the firmware's conduit stays, EL2 answers on both; made when absent
 *   GIC                hypervisor registers and maintenance interrupt go; message interrupts (ITS, v2m) go
 *   /chosen            command line, ramdisk and seeds are ours
 *   /hypervisor        added: doorbell interrupt, pool
 *   SMMUs, PMU, SPE    go, and every reference to SMMUs and message interrupts
 *
 * What is to happen to a node depends on its own properties, so they are looked through first (look_at) and copied or left
 * out then. A forward walk needs no room beyond the result and costs a few instructions per byte; editing in place by
 * libfdt moves the rest of the tree with each edit. */
#include "hypervisor/core/mvm_tree.h"
#include "hypervisor/core/fdt_writer.h"
#include "lib/str.h"

#define DEPTH_MAX 16
#define GICC_LEN  0x2000u
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

/* Names of new properties. Offsets into this are handed to the writer. */
static const struct new_names {
    char reg[sizeof("reg")], device_type[sizeof("device_type")], bootargs[sizeof("bootargs")];
    char initrd_start[sizeof("linux,initrd-start")], initrd_end[sizeof("linux,initrd-end")];
    char kaslr_seed[sizeof("kaslr-seed")], rng_seed[sizeof("rng-seed")];
    char enable_method[sizeof("enable-method")], compatible[sizeof("compatible")], method[sizeof("method")];
    char interrupts[sizeof("interrupts")], interrupt_parent[sizeof("interrupt-parent")];
    char address_cells[sizeof("#address-cells")], size_cells[sizeof("#size-cells")], ranges[sizeof("ranges")];
    char pool[sizeof("shyper,pool")];
} new_names = {
    "reg", "device_type", "bootargs", "linux,initrd-start", "linux,initrd-end", "kaslr-seed", "rng-seed", "enable-method",
    "compatible", "method", "interrupts", "interrupt-parent", "#address-cells", "#size-cells", "ranges", "shyper,pool",
};
#define NEW(name) offsetof(struct new_names, name)

static const char psci_compatible[] = "arm,psci-1.0\0arm,psci-0.2";

enum kind { KIND_OTHER, KIND_DROP, KIND_CHOSEN, KIND_RESERVED, KIND_CPUS, KIND_CPU, KIND_PSCI, KIND_GIC2, KIND_GIC3 };

struct level {
    uint8_t kind;
    uint8_t address_cells, size_cells;      /* for its children */
};

/** What a node says about itself. */
struct facts {
    struct fdt_token compatible, device_type, reg, status;
    uint32_t phandle, gicr_regions, address_cells, size_cells;
};

struct builder {
    const struct mvm_tree_params *p;
    const char **why;
    struct fdt_cursor in;
    struct fdt_writer out;
    struct level level[DEPTH_MAX];
    uint32_t depth;                 /* open nodes */
    uint32_t gic_phandle;
    bool chosen, reserved, psci;    /* met */
};

static int refuse(struct builder *b, int error, const char *why)
{
    *b->why = why;
    return error;
}

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

static int look_at(struct builder *b, struct facts *f)
{
    struct fdt_cursor ahead = b->in;
    struct fdt_token t;
    int tag;

    *f = (struct facts){ .address_cells = 2, .size_cells = 1, .gicr_regions = 1 };
    while ((tag = fdt_cursor_next(&ahead, &t)) == FDT_TAG_PROP) {
        uint32_t cell = t.len == 4 ? fdt_cell(t.data) : 0;

        switch (t.name[0]) {
        case '#':
            if (strcmp(t.name, "#address-cells") == 0) f->address_cells = cell;
            else if (strcmp(t.name, "#size-cells") == 0) f->size_cells = cell;
            else if (strcmp(t.name, "#redistributor-regions") == 0) f->gicr_regions = cell;
            break;
        case 'c':
            if (strcmp(t.name, "compatible") == 0) f->compatible = t;
            break;
        case 'd':
            if (strcmp(t.name, "device_type") == 0) f->device_type = t;
            break;
        case 'p':
            if (strcmp(t.name, "phandle") == 0) f->phandle = cell;
            break;
        case 'r':
            if (strcmp(t.name, "reg") == 0) f->reg = t;
            break;
        case 's':
            if (strcmp(t.name, "status") == 0) f->status = t;
            break;
        default:
            break;
        }
    }
    if (tag < 0) return refuse(b, -EINVAL, "device tree: malformed or cut off");
    if (f->address_cells > 4 || f->size_cells > 4) return refuse(b, -EINVAL, "device tree: more than 4 cells");
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

static enum kind kind_of(const struct builder *b, const char *name, const struct facts *f)
{
    static const char *const gone[] = {
        "arm,gic-v3-its", "arm,gic-v2m-frame", "arm,smmu-v3", "arm,smmu-v1", "arm,smmu-v2", "arm,mmu-400", "arm,mmu-401",
        "arm,mmu-500", "nvidia,smmu-500", "arm,armv8-pmuv3", "arm,cortex-a53-pmu", "arm,cortex-a57-pmu",
        "arm,cortex-a72-pmu", "arm,cortex-a76-pmu", "arm,cortex-a15-pmu", "arm,statistical-profiling-extension-v1", NULL,
    };
    static const char *const gic2[] = { "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,cortex-a9-gic", NULL };
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
    static const char *const nowhere[] = { "msi-parent", "msi-map", "msi-map-mask", "iommus", "iommu-map", "iommu-map-mask",
                                           "numa-node-id", NULL };
    static const char *const chosen[] = { "bootargs", "linux,initrd-start", "linux,initrd-end", "kaslr-seed", "rng-seed",
                                          NULL };
    static const char *const cpu[] = { "enable-method", "cpu-release-addr", "cpu-idle-states", NULL };
    static const char *const gic[] = { "interrupts", "interrupts-extended", "interrupt-names", "msi-controller", "#msi-cells",
                                       "mbi-ranges", "mbi-alias", NULL };

    if ((name[0] == 'm' || name[0] == 'i' || name[0] == 'n') && name_is(name, nowhere)) return false;
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

/** The GIC's registers without those of virtualisation. GICC shrinks to what is mapped in its place. */
static void copy_gic_reg(struct builder *b, enum kind kind, const struct facts *f, const struct fdt_token *t)
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

static int copy_props(struct builder *b, enum kind kind, const struct facts *f)
{
    struct fdt_cursor ahead;
    struct fdt_token t;
    int tag;

    for (;;) {
        ahead = b->in;
        tag = fdt_cursor_next(&ahead, &t);
        if (tag < 0) return refuse(b, -EINVAL, "device tree: malformed or cut off");
        if (tag != FDT_TAG_PROP) return 0;
        b->in = ahead;
        if (!prop_stays(kind, t.name)) continue;
        if ((kind == KIND_GIC2 || kind == KIND_GIC3) && strcmp(t.name, "reg") == 0) copy_gic_reg(b, kind, f, &t);
        else fdt_writer_copy(&b->out, &t);
    }
}

/* ---- what is put in ---- */

static void put_chosen_props(struct builder *b)
{
    const struct mvm_tree_params *p = b->p;

    fdt_writer_prop_text(&b->out, NEW(bootargs), p->bootargs);
    if (p->initrd_end > p->initrd_base) {
        fdt_writer_prop_open(&b->out, NEW(initrd_start), 8);
        fdt_writer_cells(&b->out, p->initrd_base, 2);
        fdt_writer_prop_open(&b->out, NEW(initrd_end), 8);
        fdt_writer_cells(&b->out, p->initrd_end, 2);
    }
    if (p->entropy != NULL) {
        fdt_writer_prop(&b->out, NEW(kaslr_seed), p->entropy, 8);
        fdt_writer_prop(&b->out, NEW(rng_seed), p->entropy + 8, PLATFORM_ENTROPY - 8);
    }
}

/** One pair of address and length in the root's cells. */
static int put_range(struct builder *b, const struct range *r)
{
    const struct level *root = &b->level[0];

    if ((root->address_cells == 1 && r->end > UINT64_C(1) << 32) ||
        (root->size_cells == 1 && r->end - r->base > UINT32_MAX))
        return refuse(b, -EINVAL, "device tree: the root's cells are too few for the addresses of memory");
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
            return refuse(b, -EINVAL, "device tree: memory is in more pieces than can be kept");
    }
    if (all.count == 0) return refuse(b, -EINVAL, "device tree: no memory for the management VM");
    node_at(b, "memory", all.at[0].base);
    fdt_writer_prop_text(&b->out, NEW(device_type), "memory");
    fdt_writer_prop_open(&b->out, NEW(reg), all.count * range_bytes(b));
    for (uint32_t i = 0; i < all.count; i++) {
        if ((error = put_range(b, &all.at[i])) < 0) return error;
    }
    fdt_writer_node_end(&b->out);
    return 0;
}

static int put_pool(struct builder *b)
{
    int error;

    for (uint32_t i = 0; i < b->p->pool->count; i++) {
        node_at(b, "shyper-pool", b->p->pool->at[i].base);
        fdt_writer_prop_open(&b->out, NEW(reg), range_bytes(b));
        if ((error = put_range(b, &b->p->pool->at[i])) < 0) return error;
        fdt_writer_node_end(&b->out);
    }
    return 0;
}

static void put_hypervisor(struct builder *b)
{
    const struct ranges *pool = b->p->pool;

    fdt_writer_node(&b->out, "hypervisor");
    fdt_writer_prop_text(&b->out, NEW(compatible), "shyper,hypervisor");
    if (b->p->doorbell >= 32) {
        fdt_writer_prop_open(&b->out, NEW(interrupts), 12);
        fdt_writer_cells(&b->out, 0, 1);                    /* SPI */
        fdt_writer_cells(&b->out, b->p->doorbell - 32, 1);
        fdt_writer_cells(&b->out, 1, 1);                    /* rising edge */
        if (b->gic_phandle != 0) {
            fdt_writer_prop_open(&b->out, NEW(interrupt_parent), 4);
            fdt_writer_cells(&b->out, b->gic_phandle, 1);
        }
    }
    fdt_writer_prop_open(&b->out, NEW(pool), pool->count * 16);
    for (uint32_t i = 0; i < pool->count; i++) {
        fdt_writer_cells(&b->out, pool->at[i].base, 2);
        fdt_writer_cells(&b->out, pool->at[i].end - pool->at[i].base, 2);
    }
    fdt_writer_node_end(&b->out);
}

static int put_new_nodes(struct builder *b)
{
    int error;

    if ((error = put_memory(b)) < 0) return error;
    if (!b->reserved && b->p->pool->count != 0) {
        fdt_writer_node(&b->out, "reserved-memory");
        fdt_writer_prop_open(&b->out, NEW(address_cells), 4);
        fdt_writer_cells(&b->out, b->level[0].address_cells, 1);
        fdt_writer_prop_open(&b->out, NEW(size_cells), 4);
        fdt_writer_cells(&b->out, b->level[0].size_cells, 1);
        fdt_writer_prop(&b->out, NEW(ranges), NULL, 0);
        if ((error = put_pool(b)) < 0) return error;
        fdt_writer_node_end(&b->out);
    }
    if (!b->chosen) {
        fdt_writer_node(&b->out, "chosen");
        put_chosen_props(b);
        fdt_writer_node_end(&b->out);
    }
    if (!b->psci) {
        fdt_writer_node(&b->out, "psci");
        fdt_writer_prop(&b->out, NEW(compatible), psci_compatible, sizeof(psci_compatible));
        fdt_writer_prop_text(&b->out, NEW(method), "hvc");
        fdt_writer_node_end(&b->out);
    }
    put_hypervisor(b);
    return 0;
}

/* ---- the walk ---- */

/** The cursor stands behind a node's name: pass over all of it. */
static int skip_node(struct builder *b)
{
    struct fdt_token t;
    uint32_t depth = 1;

    while (depth > 0) {
        int tag = fdt_cursor_next(&b->in, &t);

        if (tag == FDT_TAG_NODE) depth++;
        else if (tag == FDT_TAG_NODE_END) depth--;
        else if (tag != FDT_TAG_PROP) return refuse(b, -EINVAL, "device tree: malformed or cut off");
    }
    return 0;
}

static int node_begin(struct builder *b, const char *name)
{
    struct facts f;
    enum kind kind;
    int error = look_at(b, &f);

    if (error < 0) return error;
    if (b->depth == DEPTH_MAX) return refuse(b, -EINVAL, "device tree: nodes are nested deeper than 16");
    kind = kind_of(b, name, &f);
    if (kind == KIND_DROP) return skip_node(b);
    b->level[b->depth++] = (struct level){ (uint8_t)kind, (uint8_t)f.address_cells, (uint8_t)f.size_cells };
    if (b->depth == 1 && (f.address_cells == 0 || f.address_cells > 2 || f.size_cells == 0 || f.size_cells > 2))
        return refuse(b, -EINVAL, "device tree: the root's #address-cells or #size-cells is not 1 or 2");

    fdt_writer_node(&b->out, name);
    if ((error = copy_props(b, kind, &f)) < 0) return error;
    switch (kind) {
    case KIND_CHOSEN:
        put_chosen_props(b);
        b->chosen = true;
        break;
    case KIND_CPU:
        fdt_writer_prop_text(&b->out, NEW(enable_method), "psci");
        break;
    case KIND_PSCI:
        fdt_writer_prop(&b->out, NEW(compatible), psci_compatible, sizeof(psci_compatible));
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
            return refuse(b, -EINVAL, "device tree: /reserved-memory has other cell sizes than the root");
        error = put_pool(b);
        b->reserved = true;
    } else if (b->depth == 1) {
        error = put_new_nodes(b);
    }
    if (error < 0) return error;
    fdt_writer_node_end(&b->out);
    b->depth--;
    return 0;
}

int mvm_tree_build(void *out, uint32_t room, const void *fdt, const struct mvm_tree_params *p, uint32_t *bytes,
                   const char **why)
{
    struct builder b = { .p = p, .why = why };
    struct fdt_cursor source;
    struct fdt_token t;
    int error;

    if (fdt_cursor_open(&source, fdt, PLATFORM_FDT_MAX, why) < 0) return -EINVAL;
    b.in = source;
    fdt_writer_begin(&b.out, out, room, &source, &new_names, sizeof(new_names));
    do {
        int tag = fdt_cursor_next(&b.in, &t);

        if (tag == FDT_TAG_NODE) error = node_begin(&b, t.name);
        else if (tag == FDT_TAG_NODE_END && b.depth > 0) error = node_end(&b);
        else return refuse(&b, -EINVAL, "device tree: malformed or cut off");
        if (error < 0) return error;
    } while (b.depth > 0);
    if (fdt_writer_finish(&b.out, bytes) < 0) return refuse(&b, -ENOSPC, "device tree: the room for the MVM's is too small");
    return 0;
}

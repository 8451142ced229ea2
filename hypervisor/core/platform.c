/* SPDX-License-Identifier: Apache-2.0 */
/* The board, read in one forward walk over the firmware's tree (fdt_cursor.h says why not by libfdt's look-ups).
 *
 * Properties of a node come before its children, so a node is judged once, when its first child or its end arrives: by
 * then everything it says about itself is at hand, and its parents' cell sizes and `ranges` are in the frames below it.
 * Two things can name what comes later and are settled after the walk: reservations are taken out of RAM, and
 * /chosen/stdout-path (through /aliases) picks among the UARTs seen. A node counts only if it and all its parents are
 * "okay". What is not understood is passed over; what is understood but wrong stops the boot with a reason. */
#include "hypervisor/core/platform.h"
#include "hypervisor/core/fdt_cursor.h"
#include "lib/str.h"

#define DEPTH_MAX 16
#define UART_MAX  8
#define PATH_MAX_BYTES 96
#define MET_MAX   64
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)
#define GICV_LEN_MAX 0x2000u        /* two pages are defined; QEMU's tree claims more */

struct platform platform;

enum key {
    K_COMPATIBLE, K_REG, K_INTERRUPTS, K_RANGES, K_STATUS, K_DEVICE_TYPE, K_METHOD, K_GICR_REGIONS, K_ADDRESS_CELLS,
    K_SIZE_CELLS, K_STDOUT, K_INITRD_START, K_INITRD_END, K_COUNT
};

struct prop {
    const uint8_t *data;
    uint32_t len;
};

enum node_role { ROLE_OTHER, ROLE_CHOSEN, ROLE_ALIASES, ROLE_CPUS, ROLE_RESERVED, ROLE_GIC };

/** An open node: what its children need to know. */
struct frame {
    const char *name;
    struct prop ranges;             /* data NULL: addresses below do not reach the parent bus */
    uint8_t address_cells, size_cells;
    uint8_t role;                   /* enum node_role */
    bool disabled;
};

struct uart {
    char path[PATH_MAX_BYTES];      /* "" when it does not fit */
    struct mmio_range mmio;
    uint32_t irq;
    bool sbsa;
};

struct reader {
    struct platform *p;
    const char **why;
    struct frame frame[DEPTH_MAX];
    uint32_t depth;                 /* open nodes */
    bool judged;                    /* the innermost open node's properties are complete and used */
    uint32_t seen;                  /* bit per key */
    struct prop prop[K_COUNT];      /* of the innermost open node; valid where seen */
    struct {                        /* names met: each stands once in the strings block, so its address tells the key */
        const char *name;
        uint32_t key;
    } met[MET_MAX];
    struct ranges reserved;
    struct fdt_cursor aliases;      /* at the first property; at == NULL: no such node */
    const char *stdout_path;
    struct uart uart[UART_MAX];
    uint32_t uarts;
};

static int refuse(struct reader *r, int error, const char *why)
{
    *r->why = why;
    return error;
}

/* ---- properties ---- */

static bool same(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') a++, b++;
    return *a == *b;
}

static uint32_t key_of_text(const char *name)
{
    switch (name[0]) {
    case '#':
        if (same(name, "#address-cells")) return K_ADDRESS_CELLS;
        if (same(name, "#size-cells")) return K_SIZE_CELLS;
        if (same(name, "#redistributor-regions")) return K_GICR_REGIONS;
        break;
    case 'c':
        if (same(name, "compatible")) return K_COMPATIBLE;
        break;
    case 'd':
        if (same(name, "device_type")) return K_DEVICE_TYPE;
        break;
    case 'i':
        if (same(name, "interrupts")) return K_INTERRUPTS;
        break;
    case 'l':
        if (same(name, "linux,initrd-start")) return K_INITRD_START;
        if (same(name, "linux,initrd-end")) return K_INITRD_END;
        break;
    case 'm':
        if (same(name, "method")) return K_METHOD;
        break;
    case 'r':
        if (same(name, "reg")) return K_REG;
        if (same(name, "ranges")) return K_RANGES;
        break;
    case 's':
        if (same(name, "status")) return K_STATUS;
        if (same(name, "stdout-path")) return K_STDOUT;
        break;
    default:
        break;
    }
    return K_COUNT;
}

static uint32_t key_of(struct reader *r, const char *name)
{
    uint32_t slot = (uint32_t)(uintptr_t)name % MET_MAX;

    if (r->met[slot].name != name) {
        r->met[slot].name = name;
        r->met[slot].key = key_of_text(name);
    }
    return r->met[slot].key;
}

static bool has(const struct reader *r, enum key k)
{
    return (r->seen & 1u << k) != 0;
}

/** The property as text: NULL when it is absent or not terminated. */
static const char *text_of(const struct reader *r, enum key k)
{
    const struct prop *p = &r->prop[k];

    if (!has(r, k) || p->len == 0 || p->data[p->len - 1] != '\0') return NULL;
    return (const char *)p->data;
}

static bool text_is(const struct reader *r, enum key k, const char *expected)
{
    const char *text = text_of(r, k);

    return text != NULL && same(text, expected);
}

/* ---- addresses and interrupts ---- */

static uint64_t cells(const uint8_t *at, uint32_t count)
{
    return count == 0 ? 0 : count == 1 ? fdt_cell(at) : fdt_cells2(at + 4 * (size_t)(count - 2));
}

static uint32_t reg_bytes(const struct frame *bus)
{
    return 4u * (bus->address_cells + (uint32_t)bus->size_cells);
}

/** Entries of `reg` as the parent's cell sizes cut it. */
static uint32_t reg_count(const struct reader *r, const struct frame *bus)
{
    if (!has(r, K_REG) || bus->address_cells == 0 || bus->address_cells > 2 || bus->size_cells > 2) return 0;
    return r->prop[K_REG].len / reg_bytes(bus);
}

static void reg_entry(const struct reader *r, const struct frame *bus, uint32_t i, struct mmio_range *out)
{
    const uint8_t *at = r->prop[K_REG].data + (size_t)i * reg_bytes(bus);

    out->base = cells(at, bus->address_cells);
    out->len = cells(at + 4 * (size_t)bus->address_cells, bus->size_cells);
}

/** One bus up. False: the bus does not pass this range on. */
static bool range_up(const struct frame *bus, const struct frame *above, struct mmio_range *m)
{
    uint32_t child = bus->address_cells, parent = above->address_cells, size = bus->size_cells;
    uint32_t step = 4 * (child + parent + size);

    if (bus->ranges.data == NULL) return false;
    if (bus->ranges.len == 0) return true;
    if (child == 0 || child > 2 || parent == 0 || parent > 2 || size == 0 || size > 2) return false;
    for (uint32_t at = 0; bus->ranges.len - at >= step; at += step) {
        const uint8_t *entry = bus->ranges.data + at;
        uint64_t from = cells(entry, child), to = cells(entry + 4 * (size_t)child, parent);
        uint64_t len = cells(entry + 4 * (size_t)(child + parent), size);

        if (m->base < from || m->base - from >= len || m->len > len - (m->base - from)) continue;
        m->base = to + (m->base - from);
        return true;
    }
    return false;
}

/** Entry i of the judged node's `reg` as a CPU sees it. False: absent, empty, wrapping or not reachable. */
static bool reg_physical(const struct reader *r, uint32_t i, struct mmio_range *out)
{
    const struct frame *bus = &r->frame[r->depth - 2];
    struct mmio_range m;
    uint64_t end;

    if (i >= reg_count(r, bus)) return false;
    reg_entry(r, bus, i, &m);
    for (; bus > r->frame; bus--) {
        if (!range_up(bus, bus - 1, &m)) return false;
    }
    if (m.len == 0 || !add_ok(&end, m.base, m.len)) return false;
    *out = m;
    return true;
}

/** INTID of entry i of `interrupts` in the GIC's form {kind, number, flags}; 0: absent or of another kind. */
static uint32_t intid_of(const struct reader *r, uint32_t i)
{
    const struct prop *p = &r->prop[K_INTERRUPTS];
    uint32_t kind, number;

    if (!has(r, K_INTERRUPTS) || p->len / 12 <= i || p->len % 12 != 0) return 0;
    kind = fdt_cell(p->data + 12 * (size_t)i);
    number = fdt_cell(p->data + 12 * (size_t)i + 4);
    if (kind == 0 && number < 988) return number + 32;
    if (kind == 1 && number < 16) return number + 16;
    return 0;
}

/* ---- what single nodes mean ---- */

static int judge_memory(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];

    for (uint32_t i = 0; i < reg_count(r, bus); i++) {
        struct mmio_range m;
        uint64_t end;

        reg_entry(r, bus, i, &m);
        if (!add_ok(&end, m.base, m.len)) return refuse(r, -EINVAL, "memory node: reg wraps around");
        m.base = m.base > UINT64_MAX - PAGE_SIZE ? m.base : align_up(m.base, PAGE_SIZE);
        end = align_down(end, PAGE_SIZE);
        if (end > m.base && (ranges_add(&r->p->ram, m.base, end) < 0 || ranges_add(&r->p->ram_all, m.base, end) < 0))
            return refuse(r, -EINVAL, "memory node: more separate banks than can be kept");
    }
    return 0;
}

static int reserve(struct reader *r, uint64_t base, uint64_t len)
{
    uint64_t end;

    if (!add_ok(&end, base, len) || end > UINT64_MAX - PAGE_SIZE)
        return refuse(r, -EINVAL, "memory reservation wraps around");
    if (ranges_add(&r->reserved, align_down(base, PAGE_SIZE), align_up(end, PAGE_SIZE)) < 0)
        return refuse(r, -EINVAL, "more separate memory reservations than can be kept");
    return 0;
}

static int judge_reserved(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];

    for (uint32_t i = 0; i < reg_count(r, bus); i++) {
        struct mmio_range m;
        int error;

        reg_entry(r, bus, i, &m);
        error = reserve(r, m.base, m.len);
        if (error < 0) return error;
    }
    return 0;
}

static int judge_cpu(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];
    struct platform *p = r->p;
    struct mmio_range m;

    if (reg_count(r, bus) == 0) return refuse(r, -EINVAL, "/cpus: a cpu node has no reg");
    if (p->cpu_count == CPU_MAX) return 0;
    reg_entry(r, bus, 0, &m);
    m.base &= MPIDR_AFFINITY;
    for (uint32_t i = 0; i < p->cpu_count; i++) {
        if (p->cpu[i].mpidr == m.base) return refuse(r, -EINVAL, "/cpus: two cpu nodes have the same reg");
    }
    p->cpu[p->cpu_count++].mpidr = m.base;
    return 0;
}

static int judge_chosen(struct reader *r)
{
    const struct prop *start = &r->prop[K_INITRD_START], *end = &r->prop[K_INITRD_END];

    r->stdout_path = text_of(r, K_STDOUT);
    if (!has(r, K_INITRD_START) || !has(r, K_INITRD_END)) return 0;
    if ((start->len != 4 && start->len != 8) || (end->len != 4 && end->len != 8))
        return refuse(r, -EINVAL, "/chosen: linux,initrd-start or -end is not one or two cells");
    r->p->initrd_base = cells(start->data, start->len / 4);
    r->p->initrd_end = cells(end->data, end->len / 4);
    if (r->p->initrd_end <= r->p->initrd_base)
        return refuse(r, -EINVAL, "/chosen: linux,initrd-end is not above linux,initrd-start");
    return 0;
}

static int judge_gic2(struct reader *r)
{
    struct platform *p = r->p;

    if (p->gic_version != 0) return 0;          /* a second controller hangs below the first: not ours */
    if (!reg_physical(r, 0, &p->gicd) || !reg_physical(r, 1, &p->gicc))
        return refuse(r, -ENODEV, "GICv2 node: reg lacks the distributor or the CPU interface");
    if (!reg_physical(r, 2, &p->gich) || !reg_physical(r, 3, &p->gicv))
        return refuse(r, -ENODEV, "GICv2 node: reg lacks the virtualisation registers (QEMU: virtualization=on)");
    p->gicv.len = MIN(p->gicv.len, GICV_LEN_MAX);
    p->irq_maintenance = intid_of(r, 0);
    p->gic_version = 2;
    return 0;
}

static int judge_gic3(struct reader *r)
{
    struct platform *p = r->p;
    uint32_t regions = 1;

    if (p->gic_version != 0) return 0;
    if (has(r, K_GICR_REGIONS) && r->prop[K_GICR_REGIONS].len == 4) regions = fdt_cell(r->prop[K_GICR_REGIONS].data);
    if (regions == 0 || regions > ARRAY_LEN(p->gicr))
        return refuse(r, -EINVAL, "GICv3 node: #redistributor-regions is not 1 to 4");
    if (!reg_physical(r, 0, &p->gicd)) return refuse(r, -ENODEV, "GICv3 node: reg lacks the distributor");
    for (uint32_t i = 0; i < regions; i++) {
        if (!reg_physical(r, 1 + i, &p->gicr[i]))
            return refuse(r, -ENODEV, "GICv3 node: reg lacks a redistributor region");
    }
    p->irq_maintenance = intid_of(r, 0);
    p->gic_version = 3;
    return 0;
}

static int judge_its(struct reader *r)
{
    struct platform *p = r->p;

    for (uint32_t i = 0; i < ARRAY_LEN(p->its); i++) {
        if (p->its[i].len != 0) continue;
        (void)reg_physical(r, 0, &p->its[i]);
        return 0;
    }
    return refuse(r, -EINVAL, "more than four interrupt translation services");
}

static int judge_timer(struct reader *r)
{
    struct platform *p = r->p;

    p->irq_ptimer = intid_of(r, 1);
    p->irq_vtimer = intid_of(r, 2);
    p->irq_hyp_timer = intid_of(r, 3);
    return 0;
}

static int judge_psci(struct reader *r)
{
    if (text_is(r, K_METHOD, "smc")) r->p->psci = PSCI_SMC;
    else if (text_is(r, K_METHOD, "hvc")) r->p->psci = PSCI_HVC;
    else return refuse(r, -EINVAL, "PSCI node: method is neither smc nor hvc");
    return 0;
}

static int judge_uart(struct reader *r, bool sbsa)
{
    struct uart *u = &r->uart[r->uarts];
    size_t used = 0;

    if (r->uarts == UART_MAX || !reg_physical(r, 0, &u->mmio)) return 0;
    for (uint32_t i = 1; i < r->depth; i++) {
        size_t len = strlen(r->frame[i].name);

        if (len + 2 > sizeof(u->path) - used) {
            used = 0;
            break;
        }
        u->path[used++] = '/';
        memcpy(&u->path[used], r->frame[i].name, len);
        used += len;
    }
    u->path[used] = '\0';
    u->irq = intid_of(r, 0);
    u->sbsa = sbsa;
    r->uarts++;
    return 0;
}

static int judge_v2m(struct reader *r)
{
    (void)reg_physical(r, 0, &r->p->v2m);
    return 0;
}

/** One string of a compatible list. @return 1: not one of ours */
static int judge_arm(struct reader *r, struct frame *f, const char *part)
{
    switch (part[0]) {
    case 'p':
        if (same(part, "pl011")) return judge_uart(r, false);
        if (same(part, "psci-1.0") || same(part, "psci-0.2")) return judge_psci(r);
        break;
    case 's':
        if (same(part, "sbsa-uart")) return judge_uart(r, true);
        break;
    case 'a':
        if (same(part, "armv8-timer")) return judge_timer(r);
        break;
    case 'c':
    case 'g':
        if (same(part, "gic-v3")) {
            f->role = ROLE_GIC;
            return judge_gic3(r);
        }
        if (same(part, "cortex-a15-gic") || same(part, "gic-400") || same(part, "cortex-a7-gic") ||
            same(part, "cortex-a9-gic")) {
            f->role = ROLE_GIC;
            return judge_gic2(r);
        }
        if (same(part, "gic-v3-its")) return judge_its(r);
        if (same(part, "gic-v2m-frame")) return judge_v2m(r);
        break;
    default:
        break;
    }
    return 1;
}

static int judge_compatible(struct reader *r, struct frame *f)
{
    const char *at = text_of(r, K_COMPATIBLE), *end;

    if (at == NULL) return 0;
    for (end = at + r->prop[K_COMPATIBLE].len; at < end; at += strlen(at) + 1) {
        int error;

        if (at[0] != 'a' || at[1] != 'r' || at[2] != 'm' || at[3] != ',') continue;
        error = judge_arm(r, f, at + 4);
        if (error <= 0) return error;
    }
    return 0;
}

static int judge_cells(struct reader *r, struct frame *f)
{
    const struct prop *address = &r->prop[K_ADDRESS_CELLS], *size = &r->prop[K_SIZE_CELLS];

    if (has(r, K_ADDRESS_CELLS)) {
        if (address->len != 4 || fdt_cell(address->data) > 4)
            return refuse(r, -EINVAL, "device tree: a node's #address-cells is not a number up to 4");
        f->address_cells = (uint8_t)fdt_cell(address->data);
    }
    if (has(r, K_SIZE_CELLS)) {
        if (size->len != 4 || fdt_cell(size->data) > 4)
            return refuse(r, -EINVAL, "device tree: a node's #size-cells is not a number up to 4");
        f->size_cells = (uint8_t)fdt_cell(size->data);
    }
    if (has(r, K_RANGES)) f->ranges = r->prop[K_RANGES];
    return 0;
}

/** All properties of the innermost open node are known. */
static int judge_node(struct reader *r)
{
    struct frame *f = &r->frame[r->depth - 1];
    int error;

    r->judged = true;
    if (has(r, K_ADDRESS_CELLS) || has(r, K_SIZE_CELLS) || has(r, K_RANGES)) {
        error = judge_cells(r, f);
        if (error < 0) return error;
    }
    if (has(r, K_STATUS) && !text_is(r, K_STATUS, "okay") && !text_is(r, K_STATUS, "ok")) f->disabled = true;
    if (f->disabled || r->depth < 2) return 0;
    if (r->depth == 2) {
        if (f->role == ROLE_CHOSEN) return judge_chosen(r);
        if (text_is(r, K_DEVICE_TYPE, "memory")) return judge_memory(r);
    } else {
        if (r->frame[r->depth - 2].role == ROLE_RESERVED) return judge_reserved(r);
        if (r->frame[r->depth - 2].role == ROLE_CPUS && text_is(r, K_DEVICE_TYPE, "cpu")) return judge_cpu(r);
    }
    return has(r, K_COMPATIBLE) ? judge_compatible(r, f) : 0;
}

/* ---- the walk ---- */

static uint8_t role_of(const char *name)
{
    if (same(name, "chosen")) return ROLE_CHOSEN;
    if (same(name, "aliases")) return ROLE_ALIASES;
    if (same(name, "cpus")) return ROLE_CPUS;
    if (same(name, "reserved-memory")) return ROLE_RESERVED;
    return ROLE_OTHER;
}

static int node_open(struct reader *r, const struct fdt_cursor *c, const char *name)
{
    struct frame *f = &r->frame[r->depth];

    if (r->depth == DEPTH_MAX) return refuse(r, -EINVAL, "device tree: nodes are nested deeper than 16");
    f->name = name;
    f->ranges.data = NULL;
    f->address_cells = 2;
    f->size_cells = 1;
    f->disabled = r->depth > 0 && r->frame[r->depth - 1].disabled;
    f->role = r->depth == 1 ? role_of(name) : ROLE_OTHER;
    if (f->role == ROLE_ALIASES) r->aliases = *c;
    r->depth++;
    r->judged = false;
    r->seen = 0;
    return 0;
}

static int walk(struct reader *r, struct fdt_cursor *c)
{
    struct fdt_token t;
    uint32_t key;
    int tag, error;

    for (;;) {
        tag = fdt_cursor_next(c, &t);
        switch (tag) {
        case FDT_TAG_PROP:
            if (r->depth == 0 || r->judged) return refuse(r, -EINVAL, "device tree: a property outside its node");
            key = key_of(r, t.name);
            if (key == K_COUNT) break;
            r->seen |= 1u << key;
            r->prop[key] = (struct prop){ t.data, t.len };
            break;
        case FDT_TAG_NODE:
            if (r->depth > 0 && !r->judged && (error = judge_node(r)) < 0) return error;
            if ((error = node_open(r, c, t.name)) < 0) return error;
            break;
        case FDT_TAG_NODE_END:
            if (r->depth == 0) return refuse(r, -EINVAL, "device tree: more ends than nodes");
            if (!r->judged && (error = judge_node(r)) < 0) return error;
            if (--r->depth == 0) return 0;
            break;
        default:
            return refuse(r, -EINVAL, "device tree: malformed or cut off");
        }
    }
}

/* ---- after the walk ---- */

/** Does path[0..len) name the node at `full`? A component without a unit address matches any. */
static bool path_names(const char *path, size_t len, const char *full)
{
    const char *end = path + len;

    while (path < end && *full != '\0') {
        if (*path == *full) {
            path++;
            full++;
        } else if (*full == '@' && *path == '/') {
            while (*full != '/' && *full != '\0') full++;
        } else {
            return false;
        }
    }
    if (*full == '@') {
        while (*full != '/' && *full != '\0') full++;
    }
    return path == end && *full == '\0';
}

static size_t path_len(const char *path)
{
    size_t len = 0;

    while (path[len] != '\0' && path[len] != ':') len++;    /* ":115200n8" and the like follow */
    return len;
}

/** The path an alias stands for, or NULL. */
static const char *alias_path(const struct reader *r, const char *alias, size_t len)
{
    struct fdt_cursor c = r->aliases;
    struct fdt_token t;

    if (c.at == NULL) return NULL;
    while (fdt_cursor_next(&c, &t) == FDT_TAG_PROP) {
        if (strlen(t.name) != len || memcmp(t.name, alias, len) != 0) continue;
        return t.len != 0 && t.data[t.len - 1] == '\0' ? (const char *)t.data : NULL;
    }
    return NULL;
}

static void choose_uart(struct reader *r)
{
    const char *path = r->stdout_path;
    const struct uart *u = &r->uart[0];

    if (r->uarts == 0) return;
    if (path != NULL && path[0] != '/') path = alias_path(r, path, path_len(path));
    for (uint32_t i = 0; path != NULL && i < r->uarts; i++) {
        if (r->uart[i].path[0] != '\0' && path_names(path, path_len(path), r->uart[i].path)) {
            u = &r->uart[i];
            break;
        }
    }
    r->p->uart.kind = UART_PL011;
    r->p->uart.mmio = u->mmio;
    r->p->uart.irq = u->irq;
    r->p->uart.sbsa = u->sbsa;
}

static int take_reserved(struct reader *r, const struct fdt_cursor *c)
{
    uint64_t base, len;
    int error;

    for (uint32_t i = 0; fdt_cursor_reservation(c, i, &base, &len); i++) {
        error = reserve(r, base, len);
        if (error < 0) return error;
    }
    for (uint32_t i = 0; i < r->reserved.count; i++) {
        if (ranges_remove(&r->p->ram, r->reserved.at[i].base, r->reserved.at[i].end) < 0)
            return refuse(r, -EINVAL, "reservations cut memory into more pieces than can be kept");
    }
    return 0;
}

static int check_complete(struct reader *r)
{
    const struct platform *p = r->p;

    if (p->ram.count == 0) return refuse(r, -ENODEV, "no usable memory: the tree has no memory node with status okay");
    if (p->cpu_count == 0) return refuse(r, -ENODEV, "no CPU: /cpus has no cpu node with status okay");
    if (p->gic_version == 0) return refuse(r, -ENODEV, "no interrupt controller: the tree has no GICv2 or GICv3 node");
    if (p->irq_maintenance < 16 || p->irq_maintenance > 31)
        return refuse(r, -ENODEV, "GIC node: interrupts lacks the maintenance interrupt (a PPI)");
    if (p->irq_vtimer < 16 || p->irq_vtimer > 31 || p->irq_hyp_timer < 16 || p->irq_hyp_timer > 31)
        return refuse(r, -ENODEV, "no timer: the tree lacks an arm,armv8-timer node with virtual and hypervisor PPIs");
    return 0;
}

int platform_read(struct platform *p, const void *fdt, pa_t pa, const char **why)
{
    static struct reader reader;            /* boot only, one CPU; too big for a stack */
    struct reader *r = &reader;
    struct fdt_cursor c, walker;
    int error;

    *r = (struct reader){ .p = p, .why = why };
    *p = (struct platform){ 0 };
    error = fdt_cursor_open(&c, fdt, UINT64_MAX, why);
    if (error < 0) return error;
    p->dtb_base = pa.v;
    p->dtb_len = c.used;
    walker = c;
    error = walk(r, &walker);
    if (error == 0) error = take_reserved(r, &c);
    if (error == 0) error = check_complete(r);
    if (error == 0) choose_uart(r);
    return error;
}

bool platform_is_memory(uint64_t pa)
{
    return ranges_contain(&platform.ram_all, pa, pa + 1);
}

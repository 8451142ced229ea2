/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the device tree, in the order it lies in memory, with a small stack of what the parents said about cells and
 * address translation. A node is first collected property by property, then understood as a whole when it ends its
 * properties. Nodes with a status other than "okay" are passed over. */
#include "unikernel/kernel/machine.h"
#include "lib/err.h"
#include "lib/str.h"
#include <libfdt.h>

#define DEPTH_MAX 8
#define PAGE 4096U

struct prop {
    const void *data;
    int len;
};

struct level {                      /* what a node says to its children */
    uint32_t address_cells, size_cells;
    struct prop ranges;
    bool has_ranges;
};

struct node {
    const char *name;
    struct prop compatible, reg, interrupts, status, method, device_type;
    bool no_map;
};

struct walk {
    struct machine *m;
    const void *fdt;
    struct level at[DEPTH_MAX];
    int depth;
    int reserved_depth;             /* depth of /reserved-memory while inside, else -1 */
    const char *stdout_path;
    struct uart {
        const char *name;
        enum uart_kind kind;
        struct region regs;
        uint32_t irq;
    } uarts[4];
    unsigned uart_count;
};

static uint64_t cells(const void *data, uint32_t n)
{
    const fdt32_t *c = data;
    uint64_t v = 0;

    for (uint32_t i = 0; i < n; i++) v = v << 32 | fdt32_to_cpu(c[i]);
    return v;
}

/* Through the parents' ranges, innermost first. An empty ranges is the identity; a missing one means "no such address". */
static bool translate(const struct walk *w, int parent, uint64_t *address)
{
    for (int d = parent; d > 0; d--) {
        const struct level *bus = &w->at[d], *above = &w->at[d - 1];
        uint32_t row = (bus->address_cells + above->address_cells + bus->size_cells) * 4;
        const char *p = bus->ranges.data;
        bool found = false;

        if (!bus->has_ranges) return false;
        if (bus->ranges.len == 0) continue;
        for (uint32_t at = 0; at + row <= (uint32_t)bus->ranges.len && !found; at += row) {
            uint64_t child = cells(p + at, bus->address_cells);
            uint64_t to = cells(p + at + bus->address_cells * 4, above->address_cells);
            uint64_t len = cells(p + at + (bus->address_cells + above->address_cells) * 4,
                                 bus->size_cells);

            if (*address < child || *address - child >= len) continue;
            *address = to + (*address - child);
            found = true;
        }
        if (!found) return false;
    }
    return true;
}

static bool node_region(const struct walk *w, const struct node *n, unsigned index, struct region *out)
{
    const struct level *parent = &w->at[w->depth - 1];
    uint32_t row = (parent->address_cells + parent->size_cells) * 4;
    const char *p = n->reg.data;

    if (row == 0 || (index + 1) * row > (uint32_t)n->reg.len) return false;
    p += index * row;
    out->pa = cells(p, parent->address_cells);
    out->len = cells(p + parent->address_cells * 4, parent->size_cells);
    return translate(w, w->depth - 1, &out->pa);
}

/* The GIC's three cells: kind (0 shared, 1 private), number, trigger. 0 when absent. */
static uint32_t node_irq(const struct node *n, unsigned index)
{
    const char *p = n->interrupts.data;

    if ((uint32_t)n->interrupts.len < (index + 1) * 12) return 0;
    p += index * 12;
    return (uint32_t)cells(p + 4, 1) + (cells(p, 1) == 0 ? 32 : 16);
}

static bool node_is(const struct node *n, const char *compatible)
{
    return n->compatible.data != NULL &&
           fdt_stringlist_contains(n->compatible.data, n->compatible.len, compatible);
}

static int take_regions(const struct walk *w, const struct node *n, struct ranges *to)
{
    struct region r;
    int err = 0;

    for (unsigned i = 0; err == 0 && node_region(w, n, i, &r); i++) {
        uint64_t end;

        if (!add_ok(&end, r.pa, r.len)) return -EINVAL;
        /* usable memory shrinks to whole pages, reserved memory grows to them */
        if (to == &w->m->ram) err = ranges_add(to, align_up(r.pa, PAGE), align_down(end, PAGE));
        else err = ranges_add(to, align_down(r.pa, PAGE), align_up(end, PAGE));
    }
    return err;
}

static void take_gic(struct walk *w, const struct node *n, unsigned version)
{
    struct machine *m = w->m;

    if (m->gic != 0 || !node_region(w, n, 0, &m->gic_dist)) return;
    if (version == 3) {
        for (unsigned i = 0; i < MACHINE_REDISTS; i++) {
            if (!node_region(w, n, i + 1, &m->gic_redist[i])) break;
            m->gic_redists++;
        }
        if (m->gic_redists == 0) return;
    } else if (!node_region(w, n, 1, &m->gic_cpu)) {
        return;
    }
    m->gic = version;
}

static void take_uart(struct walk *w, const struct node *n, enum uart_kind kind)
{
    struct uart *u = &w->uarts[w->uart_count];

    if (w->uart_count == ARRAY_LEN(w->uarts) || !node_region(w, n, 0, &u->regs)) return;
    u->name = n->name;
    u->kind = kind;
    u->irq = node_irq(n, 0);
    w->uart_count++;
}

static bool is_text(const struct prop *p, const char *text)
{
    return p->data != NULL && p->len == (int)strlen(text) + 1 && strcmp(p->data, text) == 0;
}

static int node_understand(struct walk *w, const struct node *n)
{
    struct machine *m = w->m;
    bool off = n->status.data != NULL && !is_text(&n->status, "okay") && !is_text(&n->status, "ok");

    if (w->depth == 0 || off) return 0;
    if (is_text(&n->device_type, "memory")) return take_regions(w, n, &m->ram);
    if (is_text(&n->device_type, "cpu")) {
        m->cpus++;
        return 0;
    }
    if (w->reserved_depth >= 0 && n->reg.data != NULL) {
        return take_regions(w, n, n->no_map ? &m->unmapped : &m->reserved);
    }
    if (n->compatible.data == NULL) return 0;
    switch (((const char *)n->compatible.data)[0]) {
    case 'v':                       /* virtio,mmio: most nodes of QEMU's tree; nothing of ours starts so */
        return 0;
    default:
        break;
    }
    if (node_is(n, "arm,gic-v3")) take_gic(w, n, 3);
    else if (node_is(n, "arm,cortex-a15-gic") || node_is(n, "arm,gic-400")) take_gic(w, n, 2);
    else if (node_is(n, "arm,pl011")) take_uart(w, n, UART_PL011);
    else if (node_is(n, "arm,sbsa-uart")) take_uart(w, n, UART_SBSA);
    else if (node_is(n, "arm,pl031")) (void)node_region(w, n, 0, &m->rtc);
    else if (node_is(n, "arm,armv8-timer")) m->timer_irq = node_irq(n, 2);
    else if (n->method.data != NULL && (node_is(n, "arm,psci-0.2") || node_is(n, "arm,psci-1.0"))) {
        m->psci = is_text(&n->method, "hvc") ? CONDUIT_HVC
                  : is_text(&n->method, "smc") ? CONDUIT_SMC : CONDUIT_NONE;
    }
    return 0;
}

static void take_chosen(struct walk *w, const char *name, const struct prop *p)
{
    bool text = p->len > 0 && ((const char *)p->data)[p->len - 1] == '\0';

    if (strcmp(name, "bootargs") == 0 && text) w->m->bootargs = p->data;
    else if (strcmp(name, "stdout-path") == 0 && text) w->stdout_path = p->data;
    else if (strcmp(name, "rng-seed") == 0) {
        w->m->rng_seed = p->data;
        w->m->rng_seed_len = (uint32_t)p->len;
    }
}

static void take_prop(struct walk *w, struct node *n, const char *name, const struct prop *p)
{
    struct level *here = &w->at[w->depth];

    switch (name[0]) {
    case '#':
        if (p->len != 4) break;
        if (strcmp(name, "#address-cells") == 0) here->address_cells = (uint32_t)cells(p->data, 1);
        else if (strcmp(name, "#size-cells") == 0) here->size_cells = (uint32_t)cells(p->data, 1);
        break;
    case 'c':
        if (strcmp(name, "compatible") == 0) n->compatible = *p;
        break;
    case 'd':
        if (strcmp(name, "device_type") == 0) n->device_type = *p;
        break;
    case 'i':
        if (strcmp(name, "interrupts") == 0) n->interrupts = *p;
        break;
    case 'm':
        if (strcmp(name, "method") == 0) n->method = *p;
        break;
    case 'n':
        if (strcmp(name, "no-map") == 0) n->no_map = true;
        break;
    case 'r':
        if (strcmp(name, "reg") == 0) n->reg = *p;
        else if (strcmp(name, "ranges") == 0) {
            here->ranges = *p;
            here->has_ranges = true;
        }
        break;
    case 's':
        if (strcmp(name, "status") == 0) n->status = *p;
        break;
    default:
        break;
    }
}

/* The UART that stdout-path names (its last component, options cut), else the first one. */
static void choose_uart(struct walk *w)
{
    const char *path = w->stdout_path, *last;
    struct uart *u = &w->uarts[0];
    size_t len;

    if (w->uart_count == 0) return;
    if (path != NULL && path[0] != '/') {
        const char *colon = strchr(path, ':');

        path = fdt_get_alias_namelen(w->fdt, path,
                                     colon != NULL ? (int)(colon - path) : (int)strlen(path));
    }
    if (path != NULL && (last = strrchr(path, '/')) != NULL) {
        last++;
        for (len = 0; last[len] != '\0' && last[len] != ':'; len++) { }
        for (unsigned i = 0; i < w->uart_count; i++) {
            if (strncmp(w->uarts[i].name, last, len) == 0 && w->uarts[i].name[len] == '\0') {
                u = &w->uarts[i];
            }
        }
    }
    w->m->uart = u->kind;
    w->m->uart_regs = u->regs;
    w->m->uart_irq = u->irq;
}

static int node_read(struct walk *w, int offset)
{
    struct level *here = &w->at[w->depth];
    struct node n = { .name = fdt_get_name(w->fdt, offset, NULL) };
    bool chosen = w->depth == 1 && strcmp(n.name, "chosen") == 0;
    int at;

    *here = (struct level){ .address_cells = 2, .size_cells = 1 };
    fdt_for_each_property_offset(at, w->fdt, offset) {
        const char *name;
        struct prop p;

        p.data = fdt_getprop_by_offset(w->fdt, at, &name, &p.len);
        if (p.data == NULL) return -EINVAL;
        if (chosen) take_chosen(w, name, &p);
        else take_prop(w, &n, name, &p);
    }
    if (here->address_cells > 4 || here->size_cells > 4) return -EINVAL;
    if (w->reserved_depth >= w->depth) w->reserved_depth = -1;
    if (w->depth == 1 && strcmp(n.name, "reserved-memory") == 0) {
        w->reserved_depth = 1;
        return 0;
    }
    return node_understand(w, &n);
}

int machine_read(struct machine *m, const void *fdt, uint64_t max_len, const char **problem)
{
    struct walk w = { .m = m, .fdt = fdt, .reserved_depth = -1 };
    int offset = 0, depth = 0, rsv = 0, err = 0;

    memset(m, 0, sizeof(*m));
    *problem = "no device tree at the address in x0";
    if (fdt_check_header(fdt) != 0) return -EINVAL;
    *problem = "the device tree is too long";
    if (fdt_totalsize(fdt) > max_len) return -E2BIG;
    *problem = "the device tree is damaged";
    for (uint64_t at, len, end; fdt_get_mem_rsv(fdt, rsv, &at, &len) == 0 && len != 0; rsv++) {
        if (!add_ok(&end, at, len)) return -EINVAL;
        err = ranges_add(&m->reserved, align_down(at, PAGE), align_up(end, PAGE));
        if (err != 0) return err;
    }
    for (; offset >= 0 && depth >= 0; offset = fdt_next_node(fdt, offset, &depth)) {
        if (depth >= DEPTH_MAX) continue;
        w.depth = depth;
        err = node_read(&w, offset);
        if (err != 0) return err;
    }
    if (offset < 0 && offset != -FDT_ERR_NOTFOUND) return -EINVAL;
    choose_uart(&w);
    *problem = "the device tree describes no memory";
    if (m->ram.count == 0) return -ENODEV;
    *problem = NULL;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the device tree, in the order it lies in memory, with a small stack of what the
 * parents said about cells and address translation. A node is first collected property by property,
 * then understood as a whole when it ends its properties. Nodes with a status other than "okay" are
 * passed over. */
#include "unikernel/kernel/machine.h"
#include "lib/err.h"
#include "lib/fdt_cursor.h"
#include "lib/str.h"

#define DEPTH_MAX 8
#define PAGE 4096U

struct prop {
    const uint8_t *data;            /* NULL: not there */
    uint32_t len;
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
    struct level at[DEPTH_MAX];
    int depth;                      /* of the node being read; the root is 0 */
    enum { IN_OTHER, IN_CHOSEN, IN_ALIASES, IN_RESERVED } top;  /* child of the root we are in */
    const char *stdout_path;
    struct prop aliases[8];         /* name is in alias_names */
    const char *alias_names[8];
    unsigned alias_count;
    struct uart {
        const char *name;
        enum uart_kind kind;
        struct region regs;
        uint32_t irq;
    } uarts[4];
    unsigned uart_count;
};

static uint64_t cells(const uint8_t *data, uint32_t n)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < n; i++) v = v << 32 | fdt_cell(data + 4 * i);
    return v;
}

/* Through the parents' ranges, innermost first. An empty ranges is the identity; a missing one
 * means "no such address". */
static bool translate(const struct walk *w, int parent, uint64_t *address)
{
    for (int d = parent; d > 0; d--) {
        const struct level *bus = &w->at[d], *above = &w->at[d - 1];
        uint32_t row = (bus->address_cells + above->address_cells + bus->size_cells) * 4;
        const uint8_t *p = bus->ranges.data;
        bool found = false;

        if (!bus->has_ranges) return false;
        if (bus->ranges.len == 0) continue;
        for (uint32_t at = 0; at + row <= bus->ranges.len && !found; at += row) {
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

static bool node_region(const struct walk *w, const struct node *n, unsigned index,
                        struct region *out)
{
    const struct level *parent = &w->at[w->depth - 1];
    uint32_t row = (parent->address_cells + parent->size_cells) * 4;
    const uint8_t *p = n->reg.data;

    if (row == 0 || (index + 1) * row > n->reg.len) return false;
    p += index * row;
    out->pa = cells(p, parent->address_cells);
    out->len = cells(p + parent->address_cells * 4, parent->size_cells);
    return translate(w, w->depth - 1, &out->pa);
}

/* The GIC's three cells: kind (0 shared, 1 private), number, trigger. 0 when absent. */
static uint32_t node_irq(const struct node *n, unsigned index)
{
    const uint8_t *p = n->interrupts.data;

    if (n->interrupts.len < (index + 1) * 12) return 0;
    p += index * 12;
    return (uint32_t)cells(p + 4, 1) + (cells(p, 1) == 0 ? 32 : 16);
}

static bool is_text(const struct prop *p, const char *text)
{
    uint32_t len = (uint32_t)strlen(text) + 1;

    return p->len == len && memcmp(p->data, text, len) == 0;
}

static int take_regions(const struct walk *w, const struct node *n, struct ranges *to)
{
    struct region r;
    int err = 0;

    for (unsigned i = 0; err == 0 && node_region(w, n, i, &r); i++) {
        uint64_t end;

        if (!add_ok(&end, r.pa, r.len)) return -EINVAL;
        /* usable memory shrinks to whole pages, reserved memory grows to them */
        if (to == &w->m->ram && align_up(r.pa, PAGE) >= align_down(end, PAGE)) continue;
        if (to == &w->m->ram) err = ranges_add(to, align_up(r.pa, PAGE), align_down(end, PAGE));
        else err = ranges_add(to, align_down(r.pa, PAGE), align_up(end, PAGE));
    }
    /* More RAM than fits the list is RAM not used; a reservation that does not fit would be RAM
     * misused. */
    return to == &w->m->ram && err == -ENOSPC ? 0 : err;
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

static void take_gicv2(struct walk *w, const struct node *n)      { take_gic(w, n, 2); }
static void take_gicv3(struct walk *w, const struct node *n)      { take_gic(w, n, 3); }
static void take_pl011(struct walk *w, const struct node *n)      { take_uart(w, n, UART_PL011); }
static void take_sbsa_uart(struct walk *w, const struct node *n)  { take_uart(w, n, UART_SBSA); }
static void take_timer(struct walk *w, const struct node *n) { w->m->timer_irq = node_irq(n, 2); }

static void take_rtc(struct walk *w, const struct node *n)
{
    if (!node_region(w, n, 0, &w->m->rtc)) w->m->rtc.len = 0;
}

static void take_psci(struct walk *w, const struct node *n)
{
    w->m->psci = is_text(&n->method, "hvc") ? CONDUIT_HVC
                 : is_text(&n->method, "smc") ? CONDUIT_SMC : CONDUIT_NONE;
}

static const struct {
    const char *compatible;
    void (*take)(struct walk *w, const struct node *n);
} devices[] = {
    { "arm,gic-v3", take_gicv3 },           { "arm,cortex-a15-gic", take_gicv2 },
    { "arm,gic-400", take_gicv2 },          { "arm,armv8-timer", take_timer },
    { "arm,pl011", take_pl011 },            { "arm,sbsa-uart", take_sbsa_uart },
    { "arm,pl031", take_rtc },              { "arm,psci-1.0", take_psci },
    { "arm,psci-0.2", take_psci },
};

/* compatible is a list of strings, the most exact first: the first one we know decides. Everything
 * of ours is Arm's, most nodes are not. */
static int take_device(struct walk *w, const struct node *n)
{
    const char *name = (const char *)n->compatible.data, *end;

    if (n->compatible.len == 0 || name[n->compatible.len - 1] != '\0') return 0;
    end = name + n->compatible.len;
    for (; name < end; name += strlen(name) + 1) {
        if (name[0] != 'a') continue;
        for (unsigned i = 0; i < ARRAY_LEN(devices); i++) {
            if (strcmp(devices[i].compatible, name) != 0) continue;
            devices[i].take(w, n);
            return 0;
        }
    }
    return 0;
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
    if (w->top == IN_RESERVED && n->reg.data != NULL) {
        return take_regions(w, n, n->no_map ? &m->unmapped : &m->reserved);
    }
    return take_device(w, n);
}

static void take_chosen(struct walk *w, const struct fdt_token *t)
{
    if (strcmp(t->name, "bootargs") == 0) {
        w->m->bootargs = fdt_token_text(t);
    } else if (strcmp(t->name, "stdout-path") == 0) {
        w->stdout_path = fdt_token_text(t);
    } else if (strcmp(t->name, "rng-seed") == 0) {
        w->m->rng_seed = t->data;
        w->m->rng_seed_len = t->len;
    }
}

static void take_alias(struct walk *w, const struct fdt_token *t)
{
    if (w->alias_count == ARRAY_LEN(w->aliases) || fdt_token_text(t) == NULL) return;
    w->alias_names[w->alias_count] = t->name;
    w->aliases[w->alias_count++] = (struct prop){ t->data, t->len };
}

static void take_prop(struct walk *w, struct node *n, const struct fdt_token *t)
{
    const struct prop value = { t->data, t->len }, *p = &value;
    const char *name = t->name;
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

/* The path an alias stands for, up to a colon; NULL when there is none of that name. */
static const char *alias_path(const struct walk *w, const char *name)
{
    size_t len = 0;

    while (name[len] != '\0' && name[len] != ':') len++;
    for (unsigned i = 0; i < w->alias_count; i++) {
        if (strncmp(w->alias_names[i], name, len) == 0 && w->alias_names[i][len] == '\0') {
            return (const char *)w->aliases[i].data;
        }
    }
    return NULL;
}

/* The UART that stdout-path names (its last component, options cut), else the first one. */
static void choose_uart(struct walk *w)
{
    const char *path = w->stdout_path, *last;
    struct uart *u = &w->uarts[0];
    size_t len = 0;

    if (w->uart_count == 0) return;
    if (path != NULL && path[0] != '/') path = alias_path(w, path);
    if (path != NULL && (last = strrchr(path, '/')) != NULL) {
        last++;
        while (last[len] != '\0' && last[len] != ':') len++;
        for (unsigned i = 0; i < w->uart_count; i++) {
            if (strncmp(w->uarts[i].name, last, len) == 0 && w->uarts[i].name[len] == '\0') {
                u = &w->uarts[i];
                break;
            }
        }
    }
    w->m->uart = u->kind;
    w->m->uart_regs = u->regs;
    w->m->uart_irq = u->irq;
}

/* A node's properties are complete: its first child or its end has come. */
static int node_complete(struct walk *w, const struct node *n)
{
    const struct level *here = &w->at[w->depth];

    if (here->address_cells > 4 || here->size_cells > 4) return -EINVAL;
    if (w->depth == 1 && w->top != IN_OTHER) return 0;
    return node_understand(w, n);
}

static void node_begin(struct walk *w, struct node *n, const char *name)
{
    *n = (struct node){ .name = name };
    w->at[w->depth] = (struct level){ .address_cells = 2, .size_cells = 1 };
    if (w->depth != 1) return;
    w->top = strcmp(name, "chosen") == 0 ? IN_CHOSEN : strcmp(name, "aliases") == 0 ? IN_ALIASES
             : strcmp(name, "reserved-memory") == 0 ? IN_RESERVED : IN_OTHER;
}

static void property(struct walk *w, struct node *n, const struct fdt_token *t)
{
    if (w->depth == 1 && w->top == IN_CHOSEN) take_chosen(w, t);
    else if (w->depth == 1 && w->top == IN_ALIASES) take_alias(w, t);
    else take_prop(w, n, t);
}

/* Nodes deeper than DEPTH_MAX are not looked at. */
static int read_nodes(struct walk *w, struct fdt_cursor *c)
{
    struct fdt_token t;
    struct node n = { 0 };
    bool open = false;              /* the properties of n are being read */
    int depth = -1, err = 0, tag;

    while ((tag = fdt_cursor_next(c, &t)) > 0 && tag != FDT_TAG_END) {
        if (tag == FDT_TAG_PROP) {
            if (depth < 0) return -EINVAL;
            if (open) property(w, &n, &t);
            continue;
        }
        if (open) err = node_complete(w, &n);
        if (err != 0) return err;
        depth += tag == FDT_TAG_NODE ? 1 : -1;
        if (depth < -1) return -EINVAL;
        open = tag == FDT_TAG_NODE && depth < DEPTH_MAX;
        w->depth = MIN(depth, DEPTH_MAX - 1);
        if (open) node_begin(w, &n, t.name);
    }
    return tag < 0 || depth != -1 ? -EINVAL : 0;
}

static int read_reservations(struct machine *m, const struct fdt_cursor *c)
{
    uint64_t base, len, end;
    int err = 0;

    for (uint32_t i = 0; err == 0 && fdt_cursor_reservation(c, i, &base, &len); i++) {
        if (!add_ok(&end, base, len)) return -EINVAL;
        err = ranges_add(&m->reserved, align_down(base, PAGE), align_up(end, PAGE));
    }
    return err;
}

int machine_read(struct machine *m, const void *fdt, uint64_t max_len, const char **problem)
{
    struct walk w = { .m = m };
    struct fdt_cursor c;
    int err;

    memset(m, 0, sizeof(*m));
    err = fdt_cursor_open(&c, fdt, max_len, problem);
    if (err != 0) return err;
    *problem = "the device tree is damaged";
    err = read_reservations(m, &c);
    if (err == 0) err = read_nodes(&w, &c);
    choose_uart(&w);
    if (err != 0) return err;
    *problem = "the device tree describes no memory";
    if (m->ram.count == 0) return -ENODEV;
    m->tree_len = c.used;
    *problem = NULL;
    return 0;
}

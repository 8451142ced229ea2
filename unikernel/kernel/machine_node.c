/* SPDX-License-Identifier: Apache-2.0 */
/* What one node of the device tree means. Everything here works on a node as a whole, with what its
 * parents say about cells and address translation on the stack of the walk. */
#include "unikernel/kernel/machine_walk.h"
#include "lib/err.h"
#include "lib/str.h"

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

bool node_region(const struct walk *w, const struct node *n, unsigned index,
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

bool prop_is(const struct prop *p, const char *text)
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

void node_uart(struct walk *w, const struct node *n, enum uart_kind kind, uint32_t irq)
{
    struct uart *u = &w->uarts[w->uart_count];

    if (w->uart_count == ARRAY_LEN(w->uarts) || !node_region(w, n, 0, &u->regs)) return;
    u->name = n->name;
    u->kind = kind;
    u->irq = irq;
    w->uart_count++;
}

/* compatible is a list of strings, the most exact first: the first one we know decides. */
static void take_device(struct walk *w, const struct node *n)
{
    const char *name = (const char *)n->compatible.data, *end;

    if (n->compatible.len == 0 || name[n->compatible.len - 1] != '\0') return;
    end = name + n->compatible.len;
    for (; name < end; name += strlen(name) + 1) {
        for (const struct node_kind *k = arch_node_kinds; k->compatible != NULL; k++) {
            if (name[0] != k->compatible[0] || strcmp(k->compatible, name) != 0) continue;
            k->take(w, n);
            return;
        }
    }
}

int node_understand(struct walk *w, const struct node *n)
{
    struct machine *m = w->m;
    bool off = n->status.data != NULL && !prop_is(&n->status, "okay") && !prop_is(&n->status, "ok");

    if (w->depth == 0 || off) return 0;
    if (prop_is(&n->device_type, "memory")) return take_regions(w, n, &m->ram);
    if (prop_is(&n->device_type, "cpu")) {
        uint32_t n_cells = w->at[w->depth - 1].address_cells;

        if (m->cpus < MACHINE_CPUS && n->reg.len >= 4 * n_cells) {
            m->cpu_ids[m->cpus] = cells(n->reg.data, n_cells);
        }
        m->cpus++;
    } else if (w->top == IN_RESERVED && n->reg.data != NULL) {
        return take_regions(w, n, n->no_map ? &m->unmapped : &m->reserved);
    }
    take_device(w, n);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See platform_reader.h. */
#include "hypervisor/core/platform_reader.h"
#include "lib/str.h"

/* ---- properties ---- */

uint32_t reader_key(struct reader *r, const char *name)
{
#define KEY_NAME(key, name) name,
    static const char *const names[] = { KEYS(KEY_NAME) };
    uint32_t slot = (uint32_t)(uintptr_t)name % MET_MAX;

    if (r->met[slot].name != name) {
        r->met[slot].name = name;
        r->met[slot].key = str_index(name, names, K_COUNT);
    }
    return r->met[slot].key;
}

/** The property as text: NULL when it is absent or not terminated. */
const char *reader_text(const struct reader *r, enum key k)
{
    const struct prop *p = &r->prop[k];

    if (!reader_has(r, k) || p->len == 0 || p->data[p->len - 1] != '\0') return NULL;
    return (const char *)p->data;
}

bool reader_text_is(const struct reader *r, enum key k, const char *expected)
{
    const char *text = reader_text(r, k);

    return text != NULL && reader_same(text, expected);
}

/* ---- addresses and interrupts ---- */

static uint32_t reg_bytes(const struct frame *bus)
{
    return 4u * (bus->address_cells + (uint32_t)bus->size_cells);
}

/** Entries of `reg` as the parent's cell sizes cut it. */
uint32_t reader_reg_count(const struct reader *r, const struct frame *bus)
{
    if (!reader_has(r, K_REG) || bus->address_cells == 0 || bus->address_cells > 2 ||
        bus->size_cells > 2)
        return 0;
    return r->prop[K_REG].len / reg_bytes(bus);
}

void reader_reg_entry(const struct reader *r, const struct frame *bus, uint32_t i,
                      struct mmio_range *out)
{
    const uint8_t *at = r->prop[K_REG].data + (size_t)i * reg_bytes(bus);

    out->base = reader_cells(at, bus->address_cells);
    out->len = reader_cells(at + 4 * (size_t)bus->address_cells, bus->size_cells);
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
        uint64_t from = reader_cells(entry, child),
                 to = reader_cells(entry + 4 * (size_t)child, parent);
        uint64_t len = reader_cells(entry + 4 * (size_t)(child + parent), size);

        if (m->base < from || m->base - from >= len || m->len > len - (m->base - from)) continue;
        m->base = to + (m->base - from);
        return true;
    }
    return false;
}

/** Entry i of the judged node's `reg` as a CPU sees it. False: absent, empty, wrapping or not
 * reachable. */
bool reader_reg_physical(const struct reader *r, uint32_t i, struct mmio_range *out)
{
    const struct frame *bus = &r->frame[r->depth - 2];
    struct mmio_range m;
    uint64_t end;

    if (i >= reader_reg_count(r, bus)) return false;
    reader_reg_entry(r, bus, i, &m);
    for (; bus > r->frame; bus--) {
        if (!range_up(bus, bus - 1, &m)) return false;
    }
    if (m.len == 0 || !add_ok(&end, m.base, m.len)) return false;
    *out = m;
    return true;
}

/** INTID of entry i of `interrupts` in the GIC's form {kind, number, flags}; 0: absent or of
 * another kind. */
struct irqs reader_irqs(const struct reader *r)
{
    if (reader_has(r, K_INTERRUPTS_EXTENDED))
        return (struct irqs){ r->prop[K_INTERRUPTS_EXTENDED], true };
    if (reader_has(r, K_INTERRUPTS)) return (struct irqs){ r->prop[K_INTERRUPTS], false };
    return (struct irqs){ { NULL, 0 }, false };
}

uint32_t reader_intid(const struct reader *r, const struct irqs *irqs, uint32_t i)
{
    uint32_t step = 4 * (r->irq_cells + irqs->extended), kind, number;
    const uint8_t *at;

    if (irqs->prop.len / step <= i || irqs->prop.len % step != 0) return 0;
    at = irqs->prop.data + (size_t)i * step + (irqs->extended ? 4 : 0);
    kind = fdt_cell(at);
    number = fdt_cell(at + 4);
    if (kind == 0 && number < 988) return number + 32;
    if (kind == 1 && number < 16) return number + 16;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The board, read in one forward walk over the firmware's tree (fdt_cursor.h says why not by libfdt's look-ups).
 *
 * Properties of a node come before its children, so a node is judged once, when its first child or its end arrives: by
 * then everything it says about itself is at hand, and its parents' cell sizes and `ranges` are in the frames below it.
 * Two things can name what comes later and are settled after the walk: reservations are taken out of RAM, and
 * /chosen/stdout-path (through /aliases) picks among the UARTs seen. A node counts only if it and all its parents are
 * "okay". What is not understood is passed over; what is understood but wrong stops the boot with a reason. */
#include "hypervisor/core/platform_reader.h"

struct platform platform;

static uint8_t role_of(const char *name)
{
    if (reader_same(name, "chosen")) return ROLE_CHOSEN;
    if (reader_same(name, "aliases")) return ROLE_ALIASES;
    if (reader_same(name, "cpus")) return ROLE_CPUS;
    if (reader_same(name, "reserved-memory")) return ROLE_RESERVED;
    return ROLE_OTHER;
}

static int node_open(struct reader *r, const struct fdt_cursor *c, const char *name)
{
    struct frame *f = &r->frame[r->depth];

    if (r->depth == DEPTH_MAX) return reader_refuse(r, -EINVAL, "device tree: nodes are nested deeper than 16");
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
            if (r->depth == 0 || r->judged) return reader_refuse(r, -EINVAL, "device tree: a property outside its node");
            key = reader_key(r, t.name);
            if (key == K_COUNT) break;
            r->seen |= 1u << key;
            r->prop[key] = (struct prop){ t.data, t.len };
            break;
        case FDT_TAG_NODE:
            if (r->depth > 0 && !r->judged && (error = platform_judge_node(r)) < 0) return error;
            if ((error = node_open(r, c, t.name)) < 0) return error;
            break;
        case FDT_TAG_NODE_END:
            if (r->depth == 0) return reader_refuse(r, -EINVAL, "device tree: more ends than nodes");
            if (!r->judged && (error = platform_judge_node(r)) < 0) return error;
            if (--r->depth == 0) return 0;
            break;
        default:
            return reader_refuse(r, -EINVAL, "device tree: malformed or cut off");
        }
    }
}

static int take_reserved(struct reader *r, const struct fdt_cursor *c)
{
    uint64_t base, len;
    int error;

    for (uint32_t i = 0; fdt_cursor_reservation(c, i, &base, &len); i++) {
        error = platform_reserve(r, base, len);
        if (error < 0) return error;
    }
    for (uint32_t i = 0; i < r->reserved.count; i++) {
        if (ranges_remove(&r->p->ram, r->reserved.at[i].base, r->reserved.at[i].end) < 0)
            return reader_refuse(r, -EINVAL, "reservations cut memory into more pieces than can be kept");
    }
    return 0;
}

static int check_complete(struct reader *r)
{
    const struct platform *p = r->p;

    if (p->ram.count == 0) return reader_refuse(r, -ENODEV, "no usable memory: the tree has no memory node with status okay");
    if (p->cpu_count == 0) return reader_refuse(r, -ENODEV, "no CPU: /cpus has no cpu node with status okay");
    if (p->gic_version == 0) return reader_refuse(r, -ENODEV, "no interrupt controller: the tree has no GICv2 or GICv3 node");
    if (p->irq_maintenance < 16 || p->irq_maintenance > 31)
        return reader_refuse(r, -ENODEV, "GIC node: interrupts lacks the maintenance interrupt (a PPI)");
    if (p->irq_vtimer < 16 || p->irq_vtimer > 31 || p->irq_hyp_timer < 16 || p->irq_hyp_timer > 31)
        return reader_refuse(r, -ENODEV, "no timer: the tree lacks an arm,armv8-timer node with virtual and hypervisor PPIs");
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
    if (error == 0) platform_choose_uart(r);
    return error;
}

bool platform_is_memory(uint64_t pa)
{
    return ranges_contain(&platform.ram_all, pa, pa + 1);
}

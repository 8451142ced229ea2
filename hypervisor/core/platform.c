/* SPDX-License-Identifier: Apache-2.0 */
/* The board, read in one forward walk over the firmware's tree (fdt_cursor.h says why not by
 * libfdt's look-ups).
 *
 * Properties of a node come before its children, so a node is judged once, when its first child or
 * its end arrives: by then everything it says about itself is at hand, and its parents' cell sizes
 * and `ranges` are in the frames below it. What can name something later in the tree is settled
 * after the walk: reservations are taken out of RAM, interrupts are read in the cells the GIC has,
 * and /chosen/stdout-path (through /aliases) picks among the UARTs seen. A node counts only if it
 * and all its parents are "okay". What is not understood is passed over; what is understood but
 * wrong stops the boot with a reason, for which the UART is looked for all the same. */
#include "hypervisor/core/platform_reader.h"
#include "lib/str.h"

struct platform platform;

static uint8_t role_of(const char *name)
{
    if (reader_same(name, "chosen")) return ROLE_CHOSEN;
    if (reader_same(name, "aliases")) return ROLE_ALIASES;
    if (reader_same(name, "cpus")) return ROLE_CPUS;
    if (reader_same(name, "reserved-memory")) return ROLE_RESERVED;
    return ROLE_OTHER;
}

static void node_open(struct reader *r, const struct fdt_cursor *c, const char *name)
{
    struct frame *f = &r->frame[r->depth];

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
}

/** Ends at the end of the tree, or where it is malformed. What a node says wrongly is noted in
 * r->error. */
static void walk(struct reader *r, struct fdt_cursor *c)
{
    struct fdt_token t;
    uint32_t key;
    int tag;

    for (;;) {
        tag = fdt_cursor_next(c, &t);
        if ((tag == FDT_TAG_NODE || tag == FDT_TAG_NODE_END) && r->depth > 0 && !r->judged)
            (void)platform_judge_node(r);
        switch (tag) {
        case FDT_TAG_PROP:
            if (r->depth == 0 || r->judged) {
                (void)reader_refuse(r, -EINVAL, "device tree: a property outside its node");
                return;
            }
            key = reader_key(r, t.name);
            if (key == K_COUNT) break;
            r->seen |= 1u << key;
            r->prop[key] = (struct prop){ t.data, t.len };
            break;
        case FDT_TAG_NODE:
            if (r->depth == DEPTH_MAX) {
                (void)reader_refuse(r, -EINVAL, "device tree: nodes are nested deeper than 16");
                return;
            }
            node_open(r, c, t.name);
            break;
        case FDT_TAG_NODE_END:
            if (r->depth > 0 && --r->depth > 0) break;
            return;
        default:
            (void)reader_refuse(r, -EINVAL, "device tree: malformed or cut off");
            return;
        }
    }
}

static void take_reserved(struct reader *r, const struct fdt_cursor *c)
{
    uint64_t base, len;

    for (uint32_t i = 0; fdt_cursor_reservation(c, i, &base, &len); i++) {
        if (platform_reserve(r, base, len) < 0) return;
    }
    for (uint32_t i = 0; i < r->reserved.count; i++) {
        if (ranges_remove(&r->p->ram, r->reserved.at[i].base, r->reserved.at[i].end) == 0) continue;
        (void)reader_refuse(r, -EINVAL,
                            "reservations cut memory into more pieces than can be kept");
        return;
    }
}

static void take_interrupts(struct reader *r)
{
    struct platform *p = r->p;

    p->irq_maintenance = reader_intid(r, &r->gic_irqs, 0);
    p->irq_ptimer = reader_intid(r, &r->timer_irqs, 1);     /* 0: the secure one */
    p->irq_vtimer = reader_intid(r, &r->timer_irqs, 2);
    p->irq_hyp_timer = reader_intid(r, &r->timer_irqs, 3);
}

static void check_complete(struct reader *r)
{
    const struct platform *p = r->p;
    const char *missing = NULL;

    if (p->ram.count == 0)
        missing = "no usable memory: the tree has no memory node with status okay";
    else if (p->cpu_count == 0) missing = "no CPU: /cpus has no cpu node with status okay";
    else if (p->gic_version == 0)
        missing = "no interrupt controller: the tree has no GICv2 or GICv3 node";
    else if (p->irq_maintenance < 16 || p->irq_maintenance > 31)
        missing = "GIC node: interrupts lacks the maintenance interrupt (a PPI)";
    else if (p->irq_vtimer < 16 || p->irq_vtimer > 31 || p->irq_hyp_timer < 16 ||
             p->irq_hyp_timer > 31)
        missing =
            "no timer: the tree lacks an arm,armv8-timer node with virtual and hypervisor PPIs";
    else if (p->irq_vtimer == p->irq_hyp_timer || p->irq_vtimer == p->irq_ptimer ||
             p->irq_hyp_timer == p->irq_ptimer || p->irq_maintenance == p->irq_vtimer ||
             p->irq_maintenance == p->irq_hyp_timer || p->irq_maintenance == p->irq_ptimer)
        missing = "timer and GIC node: two of their interrupts are the same PPI";
    if (missing != NULL) (void)reader_refuse(r, -ENODEV, missing);
}

int platform_read(struct platform *p, const void *fdt, pa_t pa, const char **why)
{
    static struct reader reader;            /* boot only, one CPU; too big for a stack */
    struct reader *r = &reader;
    struct fdt_cursor c, walker;

    memset(r, 0, offsetof(struct reader, frame));
    r->p = p;
    r->why = why;
    r->irq_cells = 3;
    *p = (struct platform){ 0 };
    if (fdt_cursor_open(&c, fdt, PLATFORM_FDT_MAX, why) < 0) return -EINVAL;
    p->dtb_base = pa.v;
    p->dtb_len = c.used;
    walker = c;
    walk(r, &walker);
    take_interrupts(r);
    platform_choose_uart(r);
    if (r->error == 0) take_reserved(r, &c);
    if (r->error == 0) check_complete(r);
    return r->error;
}

int platform_boot_cpu(struct platform *p, uint64_t mpidr)
{
    for (uint32_t i = 0; i < p->cpu_count; i++) {
        if (p->cpu[i].mpidr != mpidr) continue;
        for (; i > 0; i--) p->cpu[i] = p->cpu[i - 1];
        p->cpu[0].mpidr = mpidr;
        return 0;
    }
    return -ENODEV;
}

bool platform_has_memory(uint64_t base, uint64_t len)
{
    for (uint32_t i = 0; i < platform.ram_all.count; i++) {
        struct range r = platform.ram_all.at[i];

        if (base < r.end && r.base < base + len) return true;
    }
    return false;
}

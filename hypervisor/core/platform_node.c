/* SPDX-License-Identifier: Apache-2.0 */
/* What single nodes of the firmware's tree mean to us: memory, reservations, CPUs, /chosen; devices
 * are known by compatible (platform_device.c). */
#include "hypervisor/core/platform_reader.h"
#include "lib/str.h"

static int judge_memory(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];

    for (uint32_t i = 0; i < reader_reg_count(r, bus); i++) {
        struct mmio_range m;
        uint64_t end;

        reader_reg_entry(r, bus, i, &m);
        if (!add_ok(&end, m.base, m.len))
            return reader_refuse(r, -EINVAL, "memory node: reg wraps around");
        m.base = m.base > UINT64_MAX - PAGE_SIZE ? m.base : align_up(m.base, PAGE_SIZE);
        end = align_down(end, PAGE_SIZE);
        if (end > m.base && (ranges_add(&r->p->ram, m.base, end) < 0 ||
                             ranges_add(&r->p->ram_all, m.base, end) < 0))
            return reader_refuse(r, -EINVAL, "memory node: more separate banks than can be kept");
    }
    return 0;
}

int platform_reserve(struct reader *r, uint64_t base, uint64_t len)
{
    uint64_t end;

    if (!add_ok(&end, base, len) || end > UINT64_MAX - PAGE_SIZE)
        return reader_refuse(r, -EINVAL, "memory reservation wraps around");
    if (ranges_add(&r->reserved, align_down(base, PAGE_SIZE), align_up(end, PAGE_SIZE)) < 0)
        return reader_refuse(r, -EINVAL, "more separate memory reservations than can be kept");
    return 0;
}

static int judge_reserved(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];

    for (uint32_t i = 0; i < reader_reg_count(r, bus); i++) {
        struct mmio_range m;
        int error;

        reader_reg_entry(r, bus, i, &m);
        error = platform_reserve(r, m.base, m.len);
        if (error < 0) return error;
    }
    return 0;
}

static int judge_cpu(struct reader *r)
{
    const struct frame *bus = &r->frame[r->depth - 2];
    struct platform *p = r->p;
    struct mmio_range m;

    if (reader_reg_count(r, bus) == 0)
        return reader_refuse(r, -EINVAL, "/cpus: a cpu node has no reg");
    if (p->cpu_count == CPU_MAX) return 0;
    reader_reg_entry(r, bus, 0, &m);
    m.base &= MPIDR_AFFINITY;
    for (uint32_t i = 0; i < p->cpu_count; i++) {
        if (p->cpu[i].mpidr == m.base)
            return reader_refuse(r, -EINVAL, "/cpus: two cpu nodes have the same reg");
    }
    p->cpu[p->cpu_count++].mpidr = m.base;
    return 0;
}

static void keep_entropy(struct reader *r)
{
    const struct prop *kaslr = &r->prop[K_KASLR_SEED], *rng = &r->prop[K_RNG_SEED];

    if (!reader_has(r, K_KASLR_SEED) || !reader_has(r, K_RNG_SEED) || kaslr->len != 8 ||
        rng->len < PLATFORM_ENTROPY - 8)
        return;
    memcpy(r->p->entropy, kaslr->data, 8);
    memcpy(r->p->entropy + 8, rng->data, PLATFORM_ENTROPY - 8);
    r->p->has_entropy = true;
}

static int judge_chosen(struct reader *r)
{
    const struct prop *start = &r->prop[K_INITRD_START], *end = &r->prop[K_INITRD_END];

    r->stdout_path = reader_text(r, K_STDOUT);
    keep_entropy(r);
    if (!reader_has(r, K_INITRD_START) || !reader_has(r, K_INITRD_END)) return 0;
    if ((start->len != 4 && start->len != 8) || (end->len != 4 && end->len != 8))
        return reader_refuse(r, -EINVAL,
                             "/chosen: linux,initrd-start or -end is not one or two cells");
    r->p->initrd_base = reader_cells(start->data, start->len / 4);
    r->p->initrd_end = reader_cells(end->data, end->len / 4);
    if (r->p->initrd_end <= r->p->initrd_base)
        return reader_refuse(r, -EINVAL,
                             "/chosen: linux,initrd-end is not above linux,initrd-start");
    return 0;
}

static int judge_cells(struct reader *r, struct frame *f)
{
    const struct prop *address = &r->prop[K_ADDRESS_CELLS], *size = &r->prop[K_SIZE_CELLS];

    if (reader_has(r, K_ADDRESS_CELLS)) {
        if (address->len != 4 || fdt_cell(address->data) > 4)
            return reader_refuse(r, -EINVAL,
                                 "device tree: a node's #address-cells is not a number up to 4");
        f->address_cells = (uint8_t)fdt_cell(address->data);
    }
    if (reader_has(r, K_SIZE_CELLS)) {
        if (size->len != 4 || fdt_cell(size->data) > 4)
            return reader_refuse(r, -EINVAL,
                                 "device tree: a node's #size-cells is not a number up to 4");
        f->size_cells = (uint8_t)fdt_cell(size->data);
    }
    if (reader_has(r, K_RANGES)) f->ranges = r->prop[K_RANGES];
    return 0;
}

/** All properties of the innermost open node are known. */
int platform_judge_node(struct reader *r)
{
    struct frame *f = &r->frame[r->depth - 1];
    int error;

    r->judged = true;
    if (reader_has(r, K_ADDRESS_CELLS) || reader_has(r, K_SIZE_CELLS) || reader_has(r, K_RANGES)) {
        error = judge_cells(r, f);
        if (error < 0) return error;
    }
    if (reader_has(r, K_STATUS) && !reader_text_is(r, K_STATUS, "okay") &&
        !reader_text_is(r, K_STATUS, "ok"))
        f->disabled = true;
    if (r->depth < 2) return 0;
    if (r->depth == 2 && !f->disabled) {
        if (f->role == ROLE_CHOSEN) return judge_chosen(r);
        if (reader_text_is(r, K_DEVICE_TYPE, "memory")) return judge_memory(r);
    } else if (!f->disabled) {
        if (r->frame[r->depth - 2].role == ROLE_RESERVED) return judge_reserved(r);
        if (r->frame[r->depth - 2].role == ROLE_CPUS && reader_text_is(r, K_DEVICE_TYPE, "cpu"))
            return judge_cpu(r);
    }
    return reader_has(r, K_COMPATIBLE) ? platform_judge_device(r) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses nobody chose, and the checks on the whole.
 *
 * Defaults: RAM from 0x40000000, UART at 0x09000000 (INTID 33), GICD at 0x08000000, and relative to
 * it GICC at +0x10000 and GICR at +0xA0000. The kernel goes to the start of RAM + text_offset;
 * behind it, page by page, the device tree (at most one page, so it never crosses a 2 MiB boundary)
 * and the ramdisk: a small guest lies in one block.
 *
 * One profile serves both GIC versions as long as both sets of windows are free. A default window
 * that is in the way only costs its version; one that was asked for is an error. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mvm/libshyper/guest_dt.h"
#include "mvm/libshyper/profile.h"

#define PAGE        UINT64_C(0x1000)
#define BLOCK       (2 * MIB)
#define IPA_END     BIT64(48)
#define RAM_BASE    UINT64_C(0x40000000)
#define RAM_BYTES   (64 * MIB)
#define UART_BASE   UINT64_C(0x09000000)
#define UART_INTID  33u
#define GICD_BASE   UINT64_C(0x08000000)
#define GICC_FROM   UINT64_C(0x10000)
#define GICC_BYTES  UINT64_C(0x2000)
#define GICR_FROM   UINT64_C(0xA0000)
#define GICR_BYTES  UINT64_C(0x20000) /* per vCPU */
#define GICD2_BYTES UINT64_C(0x1000)
#define GICD3_BYTES UINT64_C(0x10000)

struct span {
    uint64_t base, end;
};

static bool spans_meet(struct span a, struct span b)
{
    return a.base < b.end && b.base < a.end;
}

static struct span window_span(const struct profile_window *w)
{
    return (struct span){ w->ipa, w->ipa + w->bytes };
}

static bool ram_meets(const struct profile *p, struct span s)
{
    for (uint32_t i = 0; i < p->memory_count; i++) {
        if (spans_meet(s,
                       (struct span){ p->memory[i].ipa, p->memory[i].ipa + p->memory[i].bytes })) {
            return true;
        }
    }
    return false;
}

/* Runs are ascending, so a span across neighbouring runs is found by walking them once. */
static bool ram_holds(const struct profile *p, struct span s)
{
    for (uint32_t i = 0; i < p->memory_count && s.base < s.end; i++) {
        const struct profile_run *run = &p->memory[i];

        if (s.base >= run->ipa && s.base < run->ipa + run->bytes) {
            s.base = run->ipa + run->bytes;
        }
    }
    return s.base >= s.end;
}

static uint64_t ram_bytes(const struct profile *p)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < p->memory_count; i++) { sum += p->memory[i].bytes; }
    return sum;
}

static int memory_layout(struct profile *p, struct profile_errors *e)
{
    unsigned before = e->count;
    uint64_t last = 0;

    if (p->memory_count == 0) {
        p->memory[0] = (struct profile_run){ PROFILE_CHOOSE, RAM_BYTES };
        p->memory_count = 1;
    }
    if (p->memory[0].ipa == PROFILE_CHOOSE) { p->memory[0].ipa = RAM_BASE; }
    for (uint32_t i = 0; i < p->memory_count; i++) {
        const struct profile_run *run = &p->memory[i];
        char path[40] = "memory";
        uint64_t end;

        if (p->memory_count > 1) { (void)snprintf(path, sizeof path, "memory.region[%u]", i); }
        if (run->bytes == 0 || !is_aligned(run->ipa | run->bytes, PAGE)) {
            (void)profile_refuse(
                e, path,
                "0x%llx bytes at 0x%llx: both have to be multiples of 0x1000, and the length not 0",
                (unsigned long long)run->bytes, (unsigned long long)run->ipa);
        } else if (!add_ok(&end, run->ipa, run->bytes) || end > IPA_END) {
            (void)profile_refuse(e, path,
                                 "0x%llx bytes at 0x%llx: reaches beyond the 48-bit address space",
                                 (unsigned long long)run->bytes, (unsigned long long)run->ipa);
        } else if (run->ipa < last) {
            (void)profile_refuse(e, path,
                                 "0x%llx overlaps or is below the region before it, which ends at "
                                 "0x%llx; put regions "
                                 "in ascending order",
                                 (unsigned long long)run->ipa, (unsigned long long)last);
        } else {
            last = end;
        }
    }
    return e->count == before ? 0 : -EINVAL;
}

/* Is the window page aligned, inside the address space, and clear of RAM and of the n others?
 * `path` NULL: ask silently. */
static bool window_is_free(const struct profile *p, const struct profile_window *w, uint64_t align,
                           const struct profile_window *const *others, size_t n, const char *path,
                           struct profile_errors *e)
{
    uint64_t end;

    if (w->bytes == 0 || !is_aligned(w->ipa, align) || !is_aligned(w->bytes, PAGE) ||
        !add_ok(&end, w->ipa, w->bytes) || end > IPA_END) {
        if (path != NULL) {
            (void)profile_refuse(
                e, path,
                "%s: 0x%llx bytes at 0x%llx: has to be at a multiple of 0x%llx, pages long, below "
                "2^48",
                w->name, (unsigned long long)w->bytes, (unsigned long long)w->ipa,
                (unsigned long long)align);
        }
        return false;
    }
    if (ram_meets(p, window_span(w))) {
        if (path != NULL) {
            (void)profile_refuse(
                e, path,
                "%s at 0x%llx lies in RAM; move the memory region or give the device another "
                "address",
                w->name, (unsigned long long)w->ipa);
        }
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!spans_meet(window_span(w), window_span(others[i]))) { continue; }
        if (path != NULL) {
            (void)profile_refuse(e, path, "%s at 0x%llx overlaps %s at 0x%llx; move one of them",
                                 w->name, (unsigned long long)w->ipa, others[i]->name,
                                 (unsigned long long)others[i]->ipa);
        }
        return false;
    }
    return true;
}

static void window_default(struct profile_window *w, uint64_t ipa, uint64_t bytes)
{
    if (w->ipa == PROFILE_CHOOSE) { w->ipa = ipa; }
    if (w->bytes == PROFILE_CHOOSE) { w->bytes = bytes; }
}

/* A length that was given has to cover what the hardware has; the rest is cut off. */
static void window_cut(struct profile_window *w, uint64_t bytes, const char *why,
                       struct profile_errors *e)
{
    if (w->bytes < bytes) {
        (void)profile_refuse(e, "", "%s: 0x%llx bytes are too short, 0x%llx are needed %s", w->name,
                             (unsigned long long)w->bytes, (unsigned long long)bytes, why);
    }
    w->bytes = bytes;
}

static int devices_layout(struct profile *p, struct profile_errors *e)
{
    const struct profile_window *const taken[] = { &p->uart, &p->gicd, &p->gicc };
    bool asked2 = p->gicc.ipa != PROFILE_CHOOSE, asked3 = p->gicr.ipa != PROFILE_CHOOSE;
    uint64_t gicr_bytes = GICR_BYTES * p->cpu_count;
    unsigned before = e->count;

    window_default(&p->uart, UART_BASE, PAGE);
    if (p->uart_irq == 0) { p->uart_irq = UART_INTID; }
    (void)window_is_free(p, &p->uart, PAGE, taken, 0, "console", e);

    window_default(&p->gicd, GICD_BASE, GICD2_BYTES);
    window_cut(&p->gicd, GICD2_BYTES, "by a GIC distributor", e);
    (void)window_is_free(p, &p->gicd, PAGE, taken, 1, "GICD", e);
    if (e->count != before) { return -EINVAL; }

    window_default(&p->gicc, p->gicd.ipa + GICC_FROM, GICC_BYTES);
    window_cut(&p->gicc, GICC_BYTES, "by the GICv2 CPU interface", e);
    p->gicv2 = window_is_free(p, &p->gicc, PAGE, taken, 2, asked2 ? "GICC" : NULL, e);
    if (!p->gicv2) { p->gicc.bytes = 0; }

    p->gicd.bytes = GICD3_BYTES;
    window_default(&p->gicr, p->gicd.ipa + GICR_FROM, gicr_bytes);
    window_cut(&p->gicr, gicr_bytes, "for this number of vCPUs", e);
    p->gicv3 = window_is_free(p, &p->gicd, GICD3_BYTES,
                              (const struct profile_window *const[]){ &p->uart, &p->gicc }, 2,
                              asked3 ? "GICD (64 KiB for GICv3)" : NULL, e) &&
               window_is_free(p, &p->gicr, GICD3_BYTES, taken, 3, asked3 ? "GICR" : NULL, e);
    if (!p->gicv3) {
        p->gicd.bytes = GICD2_BYTES;
        p->gicr.bytes = 0;
    }
    if (e->count == before && !p->gicv2 && !p->gicv3) {
        (void)profile_refuse(
            e, "",
            "neither GICv2 nor GICv3 windows are free around 0x%llx; give GICC or GICR an address",
            (unsigned long long)p->gicd.ipa);
    }
    return e->count == before ? 0 : -EINVAL;
}

/* The lowest page from *at where `bytes` of RAM are free of the n spans. */
static bool place(const struct profile *p, const struct span *taken, size_t n, uint64_t bytes,
                  uint64_t *at)
{
    uint64_t base = *at;

    for (;;) {
        uint64_t next = UINT64_MAX;

        base = align_up(base, PAGE);
        if (ram_holds(p, (struct span){ base, base + bytes })) {
            for (size_t i = 0; i < n; i++) {
                if (spans_meet((struct span){ base, base + bytes }, taken[i])) {
                    next = taken[i].end;
                }
            }
            if (next == UINT64_MAX) {
                *at = base;
                return true;
            }
        } else {
            for (uint32_t i = p->memory_count; i-- > 0;) {
                if (p->memory[i].ipa > base) { next = p->memory[i].ipa; }
            }
            if (next == UINT64_MAX) { return false; }
        }
        base = next;
    }
}

static int kernel_layout(struct profile *p, struct profile_errors *e)
{
    struct span k;

    /* An Image wants text_offset from a 2 MiB boundary; a raw binary is linked for an address, by
     * custom that of RAM. */
    if (p->load == PROFILE_CHOOSE) {
        p->load = (p->has_header ? align_up(p->memory[0].ipa, BLOCK) : p->memory[0].ipa) +
                  p->text_offset;
    }
    k = (struct span){ p->load, p->load + p->image_bytes };
    if (k.end < k.base || !ram_holds(p, k)) {
        return profile_refuse(
            e, "memory",
            "the kernel takes %llu KiB from 0x%llx, which is not all RAM (%llu KiB from 0x%llx); "
            "raise memory or move the kernel",
            (unsigned long long)(p->image_bytes + 1023) / 1024, (unsigned long long)p->load,
            (unsigned long long)ram_bytes(p) / 1024, (unsigned long long)p->memory[0].ipa);
    }
    if (p->entry == PROFILE_CHOOSE) { p->entry = p->load; }
    if (p->entry < k.base || p->entry >= k.end || !is_aligned(p->entry, 4)) {
        return profile_refuse(e, "image.kernel_entry_point",
                              "0x%llx is no instruction of the kernel at 0x%llx to 0x%llx",
                              (unsigned long long)p->entry, (unsigned long long)k.base,
                              (unsigned long long)k.end);
    }
    return 0;
}

/* Put one thing behind the kernel, or check where it was put. `taken` holds the n spans before it,
 * the kernel first. */
static int thing_layout(const struct profile *p, const char *what, const char *path,
                        const struct span *taken, size_t n, uint64_t bytes, uint64_t *at,
                        struct profile_errors *e)
{
    struct span s;

    if (*at == PROFILE_CHOOSE) {
        uint64_t from = taken[0].end;

        if (bytes < IPA_END && place(p, taken, n, bytes, &from)) {
            *at = from;
            return 0;
        }
        return profile_refuse(
            e, "memory",
            "no room for the %s (%llu KiB) behind the kernel; RAM is %llu KiB: raise it", what,
            (unsigned long long)(bytes + 1023) / 1024, (unsigned long long)ram_bytes(p) / 1024);
    }
    s = (struct span){ *at, *at + bytes };
    if (s.end < s.base || !ram_holds(p, s)) {
        return profile_refuse(e, path, "the %s takes %llu bytes from 0x%llx, which is not all RAM",
                              what, (unsigned long long)bytes, (unsigned long long)*at);
    }
    if (!is_aligned(*at, 8)) {
        return profile_refuse(e, path, "0x%llx has to be a multiple of 8", (unsigned long long)*at);
    }
    for (size_t i = 0; i < n; i++) {
        if (spans_meet(s, taken[i])) {
            return profile_refuse(
                e, path, "the %s at 0x%llx to 0x%llx overlaps the %s at 0x%llx to 0x%llx; move it",
                what, (unsigned long long)s.base, (unsigned long long)s.end,
                i == 0 ? "kernel" : "other image", (unsigned long long)taken[i].base,
                (unsigned long long)taken[i].end);
        }
    }
    return 0;
}

static int dtb_size(struct profile *p, struct profile_errors *e)
{
    p->dtb_bytes = 0;
    for (uint32_t gic = 2; gic <= 3; gic++) {
        size_t bytes;
        void *dtb;
        int err;

        if (!(gic == 2 ? p->gicv2 : p->gicv3)) { continue; }
        err = profile_guest_dtb(p, gic, &dtb, &bytes, e);
        if (err < 0) { return err; }
        free(dtb);
        p->dtb_bytes = MAX(p->dtb_bytes, bytes);
    }
    return 0;
}

/* Things with an address of their own come first; those we place go around them. */
static int images_layout(struct profile *p, struct profile_errors *e)
{
    struct span taken[3] = { { p->load, p->load + p->image_bytes } };
    bool dtb_first = p->ramdisk_load == PROFILE_CHOOSE || p->dtb != PROFILE_CHOOSE;
    size_t n = 1;
    int err;

    for (int step = 0; step < 2; step++) {
        if ((step == 0) == dtb_first) {
            if (p->dtb == 0) { continue; }
            err = dtb_size(p, e);
            if (err < 0) { return err; }
            err = thing_layout(p, "device tree", "image.device_tree_load_ipa", taken, n,
                               p->dtb_bytes, &p->dtb, e);
            taken[n++] = (struct span){ p->dtb, p->dtb + p->dtb_bytes };
        } else {
            if (p->ramdisk.path == NULL) { continue; }
            err = thing_layout(p, "ramdisk", "image.ramdisk_load_ipa", taken, n, p->ramdisk.bytes,
                               &p->ramdisk_load, e);
            taken[n++] = (struct span){ p->ramdisk_load, p->ramdisk_load + p->ramdisk.bytes };
        }
        if (err < 0) { return err; }
    }
    if (p->ramdisk.path == NULL) { p->ramdisk_load = 0; }
    return 0;
}

int profile_layout(struct profile *p, struct profile_errors *e)
{
    int err = memory_layout(p, e);

    if (err == 0) { err = devices_layout(p, e); }
    if (err == 0) { err = kernel_layout(p, e); }
    if (err == 0) { err = images_layout(p, e); }
    return err;
}

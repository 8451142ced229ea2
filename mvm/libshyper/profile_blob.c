/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as the hypervisor takes it: the tree described in abi/profile.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mvm/libshyper/fdt_out.h"
#include "mvm/libshyper/guest_dt.h"
#include "mvm/libshyper/profile.h"

int profile_guest_dtb(const struct profile *p, uint32_t gic, void **dtb, size_t *bytes,
                      struct profile_errors *e)
{
    int err;

    if (!(gic == 2 ? p->gicv2 : gic == 3 && p->gicv3)) {
        return profile_refuse(
            e, "",
            "on this machine the GIC has version %u, and this profile's device addresses leave no "
            "room for it",
            gic);
    }
    err = guest_dt_write(p, gic, dtb, bytes);
    if (err == -ENOMEM) { return profile_no_memory(e); }
    return err == 0 ? 0 : profile_refuse(e, "", "the guest's device tree gets too large");
}

/* Tree of one GIC version as a property; a version the profile does not serve is left out. */
static int dtb_write(struct fdt_out *t, const struct profile *p, uint32_t gic,
                     struct profile_errors *e)
{
    size_t bytes;
    void *dtb;
    int err;

    if (!(gic == 2 ? p->gicv2 : p->gicv3)) { return 0; }
    err = profile_guest_dtb(p, gic, &dtb, &bytes, e);
    if (err < 0) { return err; }
    fdt_out_bytes(t, gic == 2 ? "dtb-gicv2" : "dtb-gicv3", dtb, bytes);
    free(dtb);
    return 0;
}

static void member_write(struct fdt_out *t, const struct profile *p, const char *property,
                         const char *what)
{
    char name[SHYPER_NAME_MAX + 16];

    if (p->type == SHYPER_VM_TYPE_MVM) {
        (void)snprintf(name, sizeof name, "mvm/%s", what);
    } else {
        (void)snprintf(name, sizeof name, "vm/%s/%s", p->name, what);
    }
    fdt_out_string(t, property, name);
}

static int image_write(struct fdt_out *t, const struct profile *p, bool for_bundle,
                       struct profile_errors *e)
{
    int err = 0;

    fdt_out_node(t, "image");
    if (p->type != SHYPER_VM_TYPE_MVM) {
        fdt_out_u64(t, "entry", p->entry);
        fdt_out_u64(t, "dtb", p->dtb);
        if (for_bundle) { fdt_out_u64(t, "load", p->load); }
    }
    if (for_bundle) {
        member_write(t, p, "kernel", "kernel");
        if (p->ramdisk.path != NULL) {
            member_write(t, p, "ramdisk", "ramdisk");
            if (p->type != SHYPER_VM_TYPE_MVM) { fdt_out_u64(t, "ramdisk-load", p->ramdisk_load); }
        }
        if (p->type != SHYPER_VM_TYPE_MVM && p->dtb != 0) {
            err = dtb_write(t, p, 2, e);
            if (err == 0) { err = dtb_write(t, p, 3, e); }
        }
    }
    fdt_out_node_end(t);
    return err;
}

static void memory_write(struct fdt_out *t, const struct profile *p)
{
    uint64_t reg[2 * SHYPER_RUN_MAX];

    for (uint32_t i = 0; i < p->memory_count; i++) {
        reg[2 * i] = p->memory[i].ipa;
        reg[2 * i + 1] = p->memory[i].bytes;
    }
    fdt_out_node(t, "memory");
    fdt_out_wide(t, "reg", reg, 2 * p->memory_count);
    fdt_out_node_end(t);
}

static void sched_write(struct fdt_out *t, const struct profile *p)
{
    fdt_out_u32(t, "class", p->sched_class);
    if (p->weight != 0) { fdt_out_u32(t, "weight", p->weight); }
    if (p->sched_class == SHYPER_CLASS_REALTIME) {
        fdt_out_u32(t, "priority", p->priority);
        fdt_out_u32(t, "budget-us", p->budget_us);
        fdt_out_u32(t, "period-us", p->period_us);
    }
}

static void watch_write(struct fdt_out *t, const struct profile *p)
{
    if (p->restart != PROFILE_RESTART_UNSAID) {
        fdt_out_node(t, "restart");
        fdt_out_u32(t, "policy", p->restart);
        fdt_out_u32(t, "delay-ms", p->restart_delay_ms);
        fdt_out_node_end(t);
    }
    if (p->heartbeat_ms != 0) {
        fdt_out_node(t, "heartbeat");
        fdt_out_u32(t, "timeout-ms", p->heartbeat_ms);
        fdt_out_node_end(t);
    }
}

static void device_write(struct fdt_out *t, uint32_t number, uint32_t type,
                         const struct profile_window *w, uint32_t irq, const uint32_t *cfg,
                         size_t cfg_count)
{
    const uint64_t reg[] = { w->ipa, w->bytes };

    fdt_out_node(t, "dev@%x", number);
    fdt_out_u32(t, "type", type);
    fdt_out_string(t, "name", w->name);
    fdt_out_wide(t, "reg", reg, ARRAY_LEN(reg));
    fdt_out_u32(t, "irq", irq);
    fdt_out_cells(t, "cfg", cfg, cfg_count);
    fdt_out_node_end(t);
}

static void devices_write(struct fdt_out *t, const struct profile *p)
{
    uint32_t n = 0;

    fdt_out_node(t, "devices");
    device_write(t, n++, SHYPER_DEV_CONSOLE, &p->uart, p->uart_irq, &p->uart_model, 1);
    device_write(t, n++, SHYPER_DEV_GICD, &p->gicd, 0, NULL, 0);
    if (p->gicv2) { device_write(t, n++, SHYPER_DEV_GICC, &p->gicc, 0, NULL, 0); }
    if (p->gicv3) { device_write(t, n++, SHYPER_DEV_GICR, &p->gicr, 0, NULL, 0); }
    fdt_out_node_end(t);
}

int profile_blob(const struct profile *p, bool for_bundle, void **blob, size_t *bytes,
                 struct profile_errors *e)
{
    struct fdt_out tree, *t = &tree;
    size_t made_bytes;
    void *made;
    int err, image_err;

    fdt_out_begin(t, SHYPER_PROFILE_BYTES_MAX);
    fdt_out_string(t, "compatible", SHYPER_PROFILE_COMPATIBLE);
    fdt_out_string(t, "name", p->name);
    fdt_out_u32(t, "type", p->type);
    fdt_out_string(t, "cmdline", p->cmdline);
    image_err = image_write(t, p, for_bundle, e);
    if (p->type != SHYPER_VM_TYPE_MVM) { memory_write(t, p); }
    fdt_out_node(t, "cpus");
    fdt_out_u32(t, "count", p->cpu_count);
    fdt_out_u64(t, "bitmap", p->cpu_bitmap);
    fdt_out_u32(t, "master", p->cpu_master);
    sched_write(t, p);
    fdt_out_node_end(t);
    watch_write(t, p);
    if (p->type != SHYPER_VM_TYPE_MVM) { devices_write(t, p); }

    err = fdt_out_finish(t, &made, &made_bytes);
    if (err == 0 && image_err < 0) { free(made); }
    if (image_err < 0) { return image_err; }
    if (err == -ENOMEM) { return profile_no_memory(e); }
    if (err < 0) { return profile_refuse(e, "", "the profile gets too large"); }
    *blob = made;
    *bytes = made_bytes;
    return 0;
}

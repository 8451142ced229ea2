/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that guests see. A model registers one record with its whole life; records land in a
 * linker set, so no table is edited to add one. `save` and `restore` are mandatory: snapshot,
 * migration and live update are the same two calls. */
#pragma once

#include "hypervisor/core/types.h"
#include "abi/profile.h"
#include "lib/state.h"

/** One profile entry, decoded. */
struct device_config {
    uint32_t type;              /* SHYPER_DEV_* */
    char name[32];
    uint64_t ipa, len;
    uint32_t irq;               /* INTID, 0: none */
    uint32_t cfg[SHYPER_CFG_MAX], cfg_count;
};

/** One trapped access. Registers are little endian; size is 1, 2, 4 or 8 bytes and the address is
 * aligned to it. */
struct mmio_access {
    uint64_t offset;            /* from the device's base */
    uint64_t value;             /* write: zero-extended; read: filled by the model */
    uint8_t size;
    bool write;
};

struct device_model {
    uint32_t type;              /* SHYPER_DEV_* */
    bool (*present)(
        void); /* NULL: always; false: this machine has no use for it (GICR on a GICv2 board) */

    /** Everything that can fail happens here. On failure nothing is left behind. d->config and
     * d->vm are set. */
    int (*create)(struct device *d) must_check;
    /** False: no such register or width; the guest gets an external abort. With v->again set:
     * nothing was done, it tries the access again. Called on the accessing vCPU's core. */
    bool (*mmio)(struct device *d, struct vcpu *v, struct mmio_access *a);
    void (*reset)(struct device *d);                    /* VM stopped */
    int (*save)(struct device *d, struct state_writer *w) must_check; /* VM stopped or paused */
    int (*restore)(struct device *d,
                   struct state_reader *r) must_check; /* decode all, then commit */
    void (*destroy)(struct device *d); /* VM stopped; also after a successful create only */
};

struct device {
    const struct device_model *model;
    struct vm *vm;
    struct device_config config;
    void *state;                /* the model's; pages from page_alloc */
};

#define DEVICE_MODEL(ident)                                                                        \
    static const struct device_model ident;                                                        \
    static const struct device_model *const ident##_entry in_section("device_models") = &ident;   \
    static const struct device_model ident

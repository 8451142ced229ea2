/* SPDX-License-Identifier: Apache-2.0 */
/* A board's interrupt controller as the virtual GIC meets it: list registers and virtual CPU interface of four cores, with
 * the guest's side of it (acknowledge, end), and a distributor that knows what is enabled, active and asserted. Cores,
 * kicks and interrupt ownership are here too. Everything follows the architecture, nothing the code under test. */
#pragma once

#include "hypervisor/core/cpu.h"
#include "hypervisor/core/vcpu.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/drivers/gic.h"

#define FAKE_CORES   4u
#define FAKE_SPI_END 96u
#define FAKE_NONE    1023u

struct fake_core {
    struct gic_lr lr[GIC_LR_MAX];
    uint32_t ended;                 /* EISR */
    uint64_t vmcr;
    uint32_t apr, raise, eoi_count;
    bool on;
};

struct fake_line {
    bool enabled, active, pending, level, edge;
    uint8_t priority;
    uint32_t target;
    struct vm *owner;
};

extern struct fake_core fake_core[FAKE_CORES];
extern struct fake_line fake_spi[1020];             /* SPIs by INTID */
extern struct fake_line fake_ppi[FAKE_CORES][32];
extern uint32_t fake_kicks, fake_requests;          /* how often a vCPU was kicked, work was requested */

void fake_gic_reset(uint32_t version, uint32_t list_registers);
void fake_on_core(uint32_t core, struct vcpu *v);   /* this_cpu(), and what it runs */

/** A VM with vCPU i on core i, its GICD made, all vCPUs loaded, groups on, interfaces open; the MVM owns every free line. */
struct vm *fake_vm_new(uint32_t vcpus, bool is_mvm);
void fake_vm_free(struct vm *vm);
const struct device_model *fake_model(uint32_t type);

/** What the guest on this core reads from its acknowledge register; FAKE_NONE: nothing. source: of a version 2 SGI. */
uint32_t fake_ack(uint32_t core, uint8_t *source);
void fake_eoi(uint32_t core, uint32_t intid, uint8_t source);
void fake_dir(uint32_t core, uint32_t intid);
bool fake_maintenance(uint32_t core);

/** What every core does before it goes on with its guest: physical interrupts, maintenance, dirty list registers. */
void fake_settle(struct vm *vm);

/** An access as the guest makes it: tried again when the model asks for it, once the other cores have looked. */
void fake_access(struct vcpu *v, struct device *d, struct mmio_access *a);
/** Guest register accesses; offsets as in GICD, for private interrupts of `v`. */
uint64_t fake_read(struct vcpu *v, uint32_t offset, uint8_t size);
void fake_write(struct vcpu *v, uint32_t offset, uint8_t size, uint64_t value);

/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3's CPU interface is system registers: the ISA port supplies it
 * (hypervisor/arch/aarch64/gic_v3_cpu.c). */
#pragma once

#include "hypervisor/drivers/gic.h"

void gicv3_cpu_init(
    void); /* system register access, split EOI, everything unmasked, virtual interface off */
uint32_t gicv3_lr_count(void);
bool gicv3_traps_dir(void);
uint32_t gicv3_ack(void);
void gicv3_deactivate(uint32_t intid);
void gicv3_send_sgi(uint64_t mpidr, uint32_t sgi);
void gicv3_lr_write(uint32_t n, const struct gic_lr *lr);
bool gicv3_lr_link(uint32_t n, uint32_t intid, uint8_t priority, bool group1);
void gicv3_lr_read(uint32_t n, struct gic_lr *lr);
uint64_t gicv3_lr_empty(void);
void gicv3_maintenance(uint32_t raise);
uint32_t gicv3_eoi_count(void);
uint64_t gicv3_vmcr(void);
void gicv3_vcpu_load(const struct gic_vcpu_regs *r);
void gicv3_vcpu_save(struct gic_vcpu_regs *r);

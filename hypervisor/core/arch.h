/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an ISA port owes the core. No weak defaults: forget one and the link fails. */
#pragma once

#include "hypervisor/core/types.h"
#include "arch_vcpu.h" /* struct arch_vcpu, by value: -Ihypervisor/arch/<isa> or -Iarch/host */

/* vCPU */
void arch_vcpu_reset(struct vcpu *v);
void arch_vcpu_set_entry(struct vcpu *v, uint64_t entry, uint64_t context);
void arch_vcpu_restart(struct vcpu *v, uint64_t entry,
                       uint64_t context);           /* reset, timer kept; not loaded */
void arch_vcpu_save(struct vcpu *v);                /* registers -> *v; leaving the core */
void arch_vcpu_load(struct vcpu *v);                /* *v -> registers; coming */
void arch_vcpu_trap_wfi(bool on);
void arch_inject_undefined(struct vcpu *v);
void arch_inject_abort(struct vcpu *v, uint64_t address, bool fetch);
void arch_vcpu_fault(struct vcpu *v, struct shyper_vm_fault *f);    /* as its last exit left it */

/* virtual timer */
bool arch_vtimer_line(void);                        /* of the loaded vCPU: it fires now */
void arch_vtimer_mask(void);                        /* the loaded vCPU's has nobody to tell */
/** When that of a vCPU that is not on its core fires; false: it will not. */
bool arch_vtimer_deadline(const struct vcpu *v, uint64_t *count);

/* CPU */
uint64_t arch_cpu_mpidr(void);                      /* of this CPU, affinity bits only */
int  arch_cpu_start(uint32_t cpu) must_check;
uint8_t *arch_cpu_stack(uint32_t cpu);              /* top */
void arch_wait_for_interrupt(void);
void arch_relax(void);
uint64_t arch_image_pa(void);                       /* where the carve-out begins */
pa_t arch_image_va_to_pa(const void *p);            /* of static data */
uint64_t arch_counter(void);
uint64_t arch_counter_hz(void);
void arch_timer_program(uint64_t at);               /* UINT64_MAX: off */
uint32_t arch_ipa_bits(void);

/* translation tables and caches */
void arch_tables_barrier(void);                     /* table writes visible to walkers */
void arch_s2_flush(uint64_t vttbr, ipa_t at, uint64_t len);
void arch_s2_flush_all(uint64_t vttbr);
void arch_clean_to_poc(const void *at, uint64_t len);
void arch_icache_sync(void);
/** Map the 2 MiB block at pa into this CPU's window `slot`, read-write, never executable. */
void *arch_window(uint32_t slot, pa_t block);
void *arch_window_device(pa_t block);               /* the same for registers, in its own slot */
void *arch_map_device(pa_t base, uint64_t len);
/** Read-only map of physical memory at boot (bundle, device tree). NULL when there is no room. */
const void *arch_map_readonly(pa_t base, uint64_t len);
/** As crc32() of lib/crc32.h, by the CPU's instructions where it has them. */
uint32_t arch_crc32(uint32_t crc, const void *at, uint64_t len);
void arch_zero_block(void *at, uint64_t len);       /* multiple of 4 KiB */

/* the machine */
void noreturn_fn arch_shutdown(void);
void noreturn_fn arch_reset(void);
void noreturn_fn arch_halt(void);

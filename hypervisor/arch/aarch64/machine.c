/* SPDX-License-Identifier: Apache-2.0 */
/* This CPU and the machine around it: set-up of EL2's control registers, the counter and EL2 timer,
 * and the firmware (PSCI, Arm DEN 0022) for starting CPUs and for power. Only EL2 ever calls the
 * firmware. */
#include "arch/aarch64/sysreg.h"
#include "hypervisor/arch/aarch64/layout.h"
#include "hypervisor/arch/aarch64/mmu.h"
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/init.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/stage2.h"

#define PSCI_CPU_ON_64    0xC4000003u
#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

void noreturn_fn arch_main(uint64_t dtb);                 /* from head.S */
void noreturn_fn arch_main_secondary(uint32_t id);

static int64_t firmware_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = id;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    if (platform.psci == PSCI_NONE) return -1;
    __asm__ volatile("smc #0" /* above EL2 there is only EL3 */
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9",
                       "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    return (int64_t)x0;
}

/* PMU (all of it) and debug registers trapped; HPMN: all counters, as it must not exceed what there
 * is. */
static uint64_t mdcr(void)
{
    uint64_t pmu = FIELD(sysreg_read(id_aa64dfr0_el1), 11, 8), counters = 0;

    if (pmu != 0 && pmu != 0xf) counters = sysreg_read(pmcr_el0) >> 11 & 0x1f;
    return BIT64(5) | BIT64(6) | BIT64(9) | BIT64(10) | BIT64(11) | BIT64(14) | BIT64(19) |
           counters;
}

/* Controls of later architectures, where the CPU has them: no fine-grained trap but of what 0 traps
 * (all of that is hidden from guests), no feature that has to be switched on, the memory partitions
 * of the firmware, which guests cannot change, and a syndrome of 0 for virtual SErrors. */
static void later_controls(void)
{
    uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1), pfr1 = sysreg_read(id_aa64pfr1_el1);
    uint64_t fine_grained = FIELD(sysreg_read(id_aa64mmfr0_el1), 59, 56);

    if (fine_grained > 0) {
        sysreg_write(s3_4_c1_c1_4, 0);              /* HFGRTR_EL2 */
        sysreg_write(s3_4_c1_c1_5, 0);              /* HFGWTR_EL2 */
        sysreg_write(s3_4_c1_c1_6, 0);              /* HFGITR_EL2 */
        sysreg_write(s3_4_c3_c1_4, 0);              /* HDFGRTR_EL2 */
        sysreg_write(s3_4_c3_c1_5, 0);              /* HDFGWTR_EL2 */
    }
    if (fine_grained > 1) {
        sysreg_write(s3_4_c3_c1_2, 0);              /* HFGRTR2_EL2 */
        sysreg_write(s3_4_c3_c1_3, 0);              /* HFGWTR2_EL2 */
        sysreg_write(s3_4_c3_c1_7, 0);              /* HFGITR2_EL2 */
        sysreg_write(s3_4_c3_c1_0, 0);              /* HDFGRTR2_EL2 */
        sysreg_write(s3_4_c3_c1_1, 0);              /* HDFGWTR2_EL2 */
    }
    if (FIELD(sysreg_read(id_aa64mmfr1_el1), 43, 40) != 0) sysreg_write(s3_4_c1_c2_2, 0); /* HCRX_EL2 */
    if ((FIELD(pfr0, 43, 40) | FIELD(pfr1, 19, 16)) != 0)
        sysreg_write(s3_4_c10_c5_0, BIT64(48) | BIT64(49));                 /* MPAM2_EL2 */
    if (cpu_has_ras()) sysreg_write(s3_4_c5_c2_3, 0);                       /* VSESR_EL2 */
}

/* Traps that hold for every guest on this CPU; HCR_EL2, VTTBR_EL2 and the like come with each vCPU.
 */
static void cpu_setup(uint32_t id)
{
    sysreg_write(tpidr_el2, &cpus[id]);
    sysreg_write(cptr_el2, 0x33ff | BIT64(20) | BIT64(30)); /* SVE, SME, trace, AMU; not FP */
    sysreg_write(mdcr_el2, mdcr());
    sysreg_write(cnthctl_el2, 1); /* counter readable, physical timer trapped */
    sysreg_write(cnthp_ctl_el2, 0);
    sysreg_write(cntv_ctl_el0, 0);
    sysreg_write(cntvoff_el2, 0);
    sysreg_write(hstr_el2, 0);
    sysreg_write(mdscr_el1, 0);
    sysreg_write(vpidr_el2, sysreg_read(midr_el1));
    later_controls();
    s2_init_cpu();
    sysreg_write(vtcr_el2, s2_empty.vtcr);
    sysreg_write(vttbr_el2, s2_empty.vttbr);
    isb();
}

void arch_main(uint64_t dtb)
{
    cpu_setup(0);
    hv_main(dtb);
    arch_enter_guests(cpus[0].stack_top);
}

void arch_main_secondary(uint32_t id)
{
    cpu_setup(id);
    hv_cpu_main(id);
    arch_enter_guests(cpus[id].stack_top);
}

uint8_t *arch_cpu_stack(uint32_t cpu)
{
    return (uint8_t *)(HV_STACK_VA + (uint64_t)(cpu + 1) * HV_STACK_STEP);
}

uint64_t arch_image_pa(void)
{
    return hv_load_pa;
}

pa_t arch_image_va_to_pa(const void *p)
{
    return PA((uint64_t)p - HV_IMAGE_VA + hv_load_pa);
}

void arch_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}

uint64_t arch_cpu_mpidr(void)
{
    return sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
}

extern void boot_secondary(void);

/* 1: this CPU's entry point as the firmware needs it, a physical address. */
int arch_cpu_start(uint32_t cpu)
{
    extern uint8_t hv_image_start[];
    uint64_t entry = (uint64_t)boot_secondary - (uint64_t)hv_image_start + hv_load_pa;

    return firmware_call(PSCI_CPU_ON_64, platform.cpu[cpu].mpidr, entry, cpu) == 0 ? 0 : -EIO;
}

void arch_wait_for_interrupt(void)
{
    dsb(sy);
    wfi();
}

uint64_t arch_counter(void)
{
    isb();
    return sysreg_read(cntpct_el0);
}

uint64_t arch_counter_hz(void)
{
    return sysreg_read(cntfrq_el0);
}

void arch_timer_program(uint64_t at)
{
    if (at == UINT64_MAX) {
        sysreg_write(cnthp_ctl_el2, 0);
    } else {
        sysreg_write(cnthp_cval_el2, at);
        sysreg_write(cnthp_ctl_el2, 1);
    }
    isb();
}

/* What the CPU offers, at most 42 bits: eight concatenated level-1 tables. */
uint32_t arch_ipa_bits(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42 };
    uint64_t range = sysreg_read(id_aa64mmfr0_el1) & 0xf;

    return bits[MIN(range, PA_RANGE_MAX)];
}

void arch_shutdown(void)
{
    firmware_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    arch_halt();
}

void arch_reset(void)
{
    firmware_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    arch_halt();
}

void arch_halt(void)
{
    for (;;) wfi();
}

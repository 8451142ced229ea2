/* SPDX-License-Identifier: Apache-2.0 */
/* What head.S and C tell each other about the boot. */
#pragma once

#include "unikernel/mm/image.h"
#include "uk_pte.h"

extern char __boot_stack[], __irq_stack[], __panic_stack[];

/* What another CPU is given to start with, written by the one that starts it (smp.c) and read with
 * the MMU off (head.S). The low tables of the start hold nothing but the identity of the image. */
struct boot_cpu {
    uint64_t low_start, low, high, tcr;         /* TTBR0 at first and then, TTBR1 */
    uint64_t irq_stack, stack, idle, cpu;
};
extern char secondary_entry[];

/** PSCI's answer, or -ENODEV when there is nobody to ask. */
int psci_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t argument) must_check;

uint64_t boot_map(uint64_t image_pa, pte_t *tables);
noreturn_fn void uk_entry(uint64_t image_pa, uint64_t dtb_pa, unsigned entry_level);

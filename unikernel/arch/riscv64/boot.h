/* SPDX-License-Identifier: Apache-2.0 */
/* What head.S and C tell each other about the boot. */
#pragma once

#include "unikernel/mm/image.h"
#include "uk_pte.h"

extern char __boot_stack[], __irq_stack[], __panic_stack[];

extern char secondary_entry[];     /* another hart: a1 = its struct cpu */

uint64_t boot_map(uint64_t image_pa, pte_t *tables);
noreturn_fn void uk_entry(uint64_t image_pa, uint64_t dtb_pa, uint64_t hart);

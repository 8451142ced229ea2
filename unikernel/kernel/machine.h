/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware says about the machine, in the few words the kernel needs. */
#pragma once

#include "unikernel/kernel/region.h"
#include "lib/compiler.h"
#include "lib/ranges.h"

#define MACHINE_CPUS 8

#include "uk_machine.h"             /* struct arch_machine: controllers and firmware */

enum uart_kind { UART_NONE, UART_PL011, UART_SBSA, UART_16550 };

struct machine {
    struct ranges ram;              /* usable memory, page-aligned; the image not yet taken out */
    struct ranges unmapped;         /* reserved with no-map: not in the linear map */
    struct ranges reserved;         /* reserved otherwise: mapped, never allocated */

    enum uart_kind uart;
    struct region uart_regs;
    uint32_t uart_irq;              /* interrupt number as the controller counts, 0: none */

    uint32_t timer_irq;             /* 0: none */
    struct region rtc;              /* len 0: none */
    struct region initrd;           /* len 0: none, or nobody wants it */
    unsigned cpus;
    uint64_t cpu_ids[MACHINE_CPUS]; /* of the first ones, as the firmware counts */
    struct arch_machine arch;

    const char *bootargs;           /* NULL: none */
    const uint8_t *rng_seed;
    uint32_t rng_seed_len;
};

/**
 * Read the whole device tree once: at most max_len bytes at fdt, which lie at fdt_pa.
 * @return 0, or a negative error when the tree cannot be used; *problem then says why in words.
 *         What is merely missing is left zero and is the business of whoever needs it.
 */
int machine_read_tree(struct machine *m, const void *fdt, uint64_t max_len, uint64_t fdt_pa,
                      const char **problem) must_check;

extern struct machine machine;

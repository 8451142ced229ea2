/* SPDX-License-Identifier: Apache-2.0 */
/* What the device tree says about the machine, in the few words the kernel needs. */
#pragma once

#include "lib/compiler.h"
#include "lib/ranges.h"

#define MACHINE_REDISTS 4

struct region {
    uint64_t pa, len;
};

enum uart_kind { UART_NONE, UART_PL011, UART_SBSA };
enum conduit { CONDUIT_NONE, CONDUIT_HVC, CONDUIT_SMC };

struct machine {
    struct ranges ram; /* usable memory, page-aligned; image and device tree not yet taken out */
    struct ranges unmapped;         /* reserved with no-map: not in the linear map */
    struct ranges reserved;         /* reserved otherwise: mapped, never allocated */

    enum uart_kind uart;
    struct region uart_regs;
    uint32_t uart_irq;              /* interrupt number as the controller counts, 0: none */

    unsigned gic;                   /* 0: none found, 2 or 3 */
    struct region gic_dist, gic_cpu;
    struct region gic_redist[MACHINE_REDISTS];
    unsigned gic_redists;

    uint32_t timer_irq;             /* virtual timer */
    struct region rtc;              /* PL031, len 0: none */
    enum conduit psci;
    unsigned cpus;

    uint64_t tree_len;              /* bytes of the device tree in use */
    const char *bootargs;           /* inside the tree */
    const uint8_t *rng_seed;
    uint32_t rng_seed_len;
};

/**
 * Read the whole tree once.
 * @return 0, or a negative error when the tree cannot be used; *problem then says why in words.
 *         What is merely missing is left zero and is the business of whoever needs it.
 */
int machine_read(struct machine *m, const void *fdt, uint64_t max_len,
                 const char **problem) must_check;

extern struct machine machine;

/* SPDX-License-Identifier: Apache-2.0 */
/* Part of kernel/machine.h. */
#pragma once

#include "unikernel/kernel/region.h"

/* Properties of nodes we look at beyond those of all machines. */
enum { PROP_METHOD, ARCH_NODE_PROPS };

#define MACHINE_REDISTS 4

enum conduit { CONDUIT_NONE, CONDUIT_HVC, CONDUIT_SMC };

struct arch_machine {
    unsigned gic;                   /* 0: none found, 2 or 3 */
    struct region gic_dist, gic_cpu;
    struct region gic_redist[MACHINE_REDISTS];
    unsigned gic_redists;
    enum conduit psci;
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The management VM's device tree: the firmware's, with what is not the MVM's taken out and what
 * Shyper gives it put in. */
#pragma once

#include "hypervisor/core/platform.h"

struct mvm_tree_params {
    const struct ranges *ram;       /* the MVM's own */
    const struct ranges *pool;      /* guest memory: to Linux reserved memory; may be empty */
    const uint64_t *mpidr;          /* CPUs that stay, affinity bits */
    uint32_t cpu_count;
    const char *bootargs;
    uint64_t initrd_base, initrd_end;   /* equal: none */
    uint32_t doorbell;              /* INTID of an SPI, edge-triggered; 0: none */
    const uint8_t *entropy;         /* PLATFORM_ENTROPY bytes for Linux's seeds; NULL: no seeds */
};

/**
 * Write the tree to out[room].
 *
 * @out    8-byte aligned
 * @fdt    the firmware's tree, which platform_read() has accepted
 * @bytes  length of what was written
 * @why    on failure: a sentence (static text)
 * @return 0; -ENOSPC room is too small; -EINVAL malformed tree, or its root's cells cannot hold
 *         the addresses
 */
int mvm_tree_build(void *out, uint32_t room, const void *fdt, const struct mvm_tree_params *p,
                   uint32_t *bytes, const char **why) must_check;

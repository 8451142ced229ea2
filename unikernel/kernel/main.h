/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/**
 * The kernel from C's first line on, as the idle thread of the first CPU.
 * @fdt         device tree, NULL if there is none; at most fdt_max bytes may be read. It lies at
 *              fdt_pa.
 * @entry_level privilege level at which the boot loader entered
 */
noreturn_fn void uk_main(const void *fdt, uint64_t fdt_max, uint64_t fdt_pa, unsigned entry_level);

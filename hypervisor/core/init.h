/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/* Neither becomes part of its caller, which has just written what this_cpu() reads. */

/** The boot CPU: find out what the board is, make the VMs. Returns when the first guest may run.
 * dtb: physical. */
cold_fn void hv_main(uint64_t dtb);

/** Every other CPU, once. */
cold_fn void hv_cpu_main(uint32_t id);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/** The boot CPU: find out what the board is, make the VMs. Returns when the first guest may run.
 * dtb: physical. */
void hv_main(uint64_t dtb);

/** Every other CPU, once. */
void hv_cpu_main(uint32_t id);

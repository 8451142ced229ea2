/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's virtual address space: 39 bits, one level-1 table, one 1 GiB slot per purpose. The image
 * runs at a fixed virtual address wherever it was loaded. There is no map of guest memory: only the
 * windows. Shared with assembly and the linker script.
 *
 * Physical carve-out, from the 2 MiB boundary the image was loaded at (its header's image_size
 * covers all of it): slot A (2 MiB) | slot B (2 MiB, live update) | page pool (4 MiB)
 */
#pragma once

#define HV_IMAGE_VA    0x7000000000
#define HV_POOL_VA     0x7040000000
#define HV_DEVICE_VA   0x7080000000
#define HV_WINDOW_VA   0x70c0000000
#define HV_READONLY_VA 0x7100000000
#define HV_STACK_VA    0x7140000000

#define HV_SLOT_BYTES  0x200000
#define HV_POOL_BYTES  0x400000
#define HV_CARVE_BYTES (2 * HV_SLOT_BYTES + HV_POOL_BYTES)

#define HV_CPU_MAX     8            /* CPU_MAX of core/types.h */
#define HV_STACK_BYTES 0x4000       /* per CPU; a guard page lies below each */
#define HV_STACK_STEP  0x8000
#define HV_WINDOWS     4            /* 2 MiB windows per CPU */

#define HV_T0SZ        25
#define HV_MAIR        0x4404ff /* 0 normal write-back, 1 device nGnRE, 2 normal non-cacheable */

#define GUEST_FRAME_BYTES 256       /* x0..x30 and a zero, see arch_vcpu.h */

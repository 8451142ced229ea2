/* SPDX-License-Identifier: Apache-2.0 */
/* EL2 stage-1 descriptors (Arm ARM D8.3) and the tables that change after boot. */
#pragma once

#include "hypervisor/core/types.h"

#define PTE_BLOCK   UINT64_C(0x1)
#define PTE_TABLE   UINT64_C(0x3)
#define PTE_PAGE    UINT64_C(0x3)
#define PTE_AF      BIT64(10)
#define PTE_SH      (UINT64_C(3) << 8)
#define PTE_RO      BIT64(7)
#define PTE_RES1    BIT64(6)                        /* AP[1] at EL2 */
#define PTE_XN      BIT64(54)
#define PTE_NORMAL  (PTE_AF | PTE_SH | PTE_RES1)                    /* MAIR index 0 */
#define PTE_DEVICE  (PTE_AF | PTE_RES1 | PTE_XN | (UINT64_C(1) << 2))

extern uint64_t hv_l1[512], hv_l2_window[512], hv_l2_readonly[512], hv_l3_device[512];
extern uint64_t hv_load_pa;         /* where the image lies */

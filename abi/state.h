/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Record types of saved state (see lib/state.h). Numbers are never reused; a changed payload is a new version. */
#pragma once

#include <stdint.h>

#define SHYPER_STATE_VCPU  1
#define SHYPER_STATE_VGIC  2        /* distributor and shared interrupts */
#define SHYPER_STATE_VGICR 3        /* one vCPU's private interrupts */
#define SHYPER_STATE_VUART 4

/* SHYPER_STATE_VUART, version 1 */
struct shyper_state_vuart {
    uint32_t kind;                  /* SHYPER_UART_* */
    uint32_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, dmacr;
    uint32_t tx_raw;                /* 1: the transmit interrupt is raised */
    uint32_t input_bytes;           /* used part of input */
    uint32_t rsv0;
    uint8_t input[256];             /* received, not yet read by the guest */
};
_Static_assert(sizeof(struct shyper_state_vuart) == 304, "layout of saved state");

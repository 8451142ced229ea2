/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Record types of saved state (see lib/state.h). Numbers are never reused; a changed payload is a new version. */
#pragma once

#include <stdint.h>

#define SHYPER_STATE_VCPU  1
#define SHYPER_STATE_VGIC  2        /* distributor and shared interrupts */
#define SHYPER_STATE_VGICR 3        /* one vCPU's private interrupts */
#define SHYPER_STATE_VUART 4

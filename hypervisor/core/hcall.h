/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from guests: SMCCC (Arm DEN 0028), PSCI (Arm DEN 0022) and our own (abi/hcall.def). Nothing a guest calls reaches
 * the firmware. */
#pragma once

#include "hypervisor/core/types.h"

/** x: the caller's x0..x30. Results go to x[0], x[1]; other registers keep their values. */
void hcall_dispatch(struct vcpu *v, uint64_t *x, uint32_t id);

/** A PSCI call; false: not one of ours. *result: x0 as PSCI wants it. */
bool psci_call(struct vcpu *v, uint32_t id, const uint64_t *arg, int64_t *result);

#define SMCCC_NOT_SUPPORTED (-1)

/* SPDX-License-Identifier: Apache-2.0 */
/* One handler per line of abi/hcall.def: `hcall_<name>`. @arg x1.. of the caller; @value x1 of the
 * answer, 0 unless set. */
#pragma once

#include "abi/hcall.h"
#include "hypervisor/core/types.h"

typedef int64_t (*hcall_handler)(struct vcpu *v, const uint64_t *arg, uint64_t *value);

#define HCALL_DECLARE(name, number, who, narrow) \
    int64_t hcall_##name(struct vcpu *v, const uint64_t *arg, uint64_t *value);
SHYPER_HCALLS(HCALL_DECLARE)
#undef HCALL_DECLARE

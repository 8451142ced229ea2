/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from guests: SMCCC (Arm DEN 0028), PSCI (Arm DEN 0022) and our own (abi/hcall.def). Nothing
 * a guest calls reaches the firmware. */
#pragma once

#include "hypervisor/core/hcalls.h"
#include "hypervisor/core/vcpu.h"

/** One line of abi/hcall.def. `checks` is 0 when any VM may call and no argument is narrow. */
struct hcall {
    hcall_handler handler;
    uint8_t mvm_only, narrow;       /* narrow, bit n: argument n+1 must fit 32 bits */
    uint16_t checks;
};

/* Eight services of sixteen functions; slots without a call hold hcall_unknown. */
#define HCALL_SLOTS          128u
#define HCALL_SLOT(number)   (((number) >> 4 & 0x70u) | ((number) & 0xfu))
#define HCALL_NUMBER_MASK    0x070fu
extern const struct hcall hcall_table[HCALL_SLOTS];

/** May this call with these arguments be made? 0 or the error. */
int64_t hcall_check(const struct vcpu *v, const struct hcall *h, const uint64_t *arg);

/** Every call that is not plainly one of ours with nothing to check. Same contract as
 * hcall_dispatch. */
void hcall_slow(struct vcpu *v, uint64_t *x, uint32_t id);

/** x: the caller's x0..x30. Results go to x[0], x[1]; other registers keep their values. */
static inline void hcall_dispatch(struct vcpu *v, uint64_t *x)
{
    uint32_t id = (uint32_t)x[0];
    const struct hcall *h = &hcall_table[HCALL_SLOT(id)];
    uint64_t value = 0;
    int64_t error;

    if (unlikely((id & ~HCALL_NUMBER_MASK) != SHYPER_HCALL_BASE || h->checks != 0)) {
        hcall_slow(v, x, id);
        return;
    }
    v->exits[SHYPER_EXIT_HYPERCALL]++;
    error = h->handler(v, x + 1, &value);
    if (unlikely(error != 0)) v->refused++;
    x[0] = (uint64_t)error;
    x[1] = value;
}

/** A PSCI call; false: not one of ours. *result: x0 as PSCI wants it. */
bool psci_call(struct vcpu *v, uint32_t id, const uint64_t *arg, int64_t *result);

#define SMCCC_NOT_SUPPORTED (-1)

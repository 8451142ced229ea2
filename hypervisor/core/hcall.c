/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher. abi/hcall.def says who may call what and which arguments must fit 32 bits; both are checked here, so a
 * handler starts with decoded numbers and a caller that has the right. */
#include "hypervisor/core/hcall.h"
#include "abi/hcall.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/hcalls.h"
#include "hypervisor/core/vm.h"

#define SMCCC_VERSION           0x80000000u
#define SMCCC_ARCH_FEATURES     0x80000001u
#define VENDOR_COUNT            0x8600FF00u
#define VENDOR_UID              0x8600FF01u
#define VENDOR_REVISION         0x8600FF03u

#define WHO_ANY 0
#define WHO_MVM 1

struct hcall {
    hcall_handler handler;
    uint8_t who, narrow;
};

/* Eight services of sixteen functions. */
#define SLOT(number) (((number) >> 4 & 0x70u) | ((number) & 0xfu))
#define NUMBER_MASK  0x070fu
#define ROW(name, number, class, narrow_mask) \
    [SLOT(number)] = { .handler = hcall_##name, .who = WHO_##class, .narrow = narrow_mask },

static const struct hcall table[128] = { SHYPER_HCALLS(ROW) };

static bool arguments_ok(const struct hcall *h, const uint64_t *arg)
{
    for (unsigned i = 0, narrow = h->narrow; narrow != 0; i++, narrow >>= 1) {
        if (narrow & 1 && arg[i] >> 32 != 0) return false;
    }
    return true;
}

static int64_t vendor_call(struct vcpu *v, uint32_t number, const uint64_t *arg, uint64_t *value)
{
    const struct hcall *h = &table[SLOT(number)];

    if (unlikely((number & ~NUMBER_MASK) != 0 || h->handler == NULL)) return SMCCC_NOT_SUPPORTED;
    if (unlikely(h->who == WHO_MVM && !v->vm->is_mvm)) return -EPERM;
    if (unlikely(h->narrow != 0 && !arguments_ok(h, arg))) return -EINVAL;
    return h->handler(v, arg, value);
}

static uint32_t vendor_calls(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < ARRAY_LEN(table); i++) n += table[i].handler != NULL;
    return n;
}

/* Standard calls; their results are 32-bit (negative ones sign-extended). */
static void standard_call(struct vcpu *v, uint64_t *x, uint32_t id)
{
    int64_t result;

    switch (id) {
    case SMCCC_VERSION:
        x[0] = 0x10001;
        return;
    case SMCCC_ARCH_FEATURES:
        x[0] = (uint32_t)x[1] <= SMCCC_ARCH_FEATURES && (uint32_t)x[1] >= SMCCC_VERSION ? 0 : (uint64_t)SMCCC_NOT_SUPPORTED;
        return;
    case VENDOR_COUNT:
        x[0] = vendor_calls();
        return;
    case VENDOR_UID:
        x[0] = SHYPER_UID_0;
        x[1] = SHYPER_UID_1;
        x[2] = SHYPER_UID_2;
        x[3] = SHYPER_UID_3;
        return;
    case VENDOR_REVISION:
        x[0] = SHYPER_ABI_MAJOR;
        x[1] = SHYPER_ABI_MINOR;
        return;
    default:
        v->exits[SHYPER_EXIT_PSCI]++;
        if (!psci_call(v, id, x + 1, &result)) result = SMCCC_NOT_SUPPORTED;
        x[0] = (uint64_t)result;
    }
}

void hcall_dispatch(struct vcpu *v, uint64_t *x, uint32_t id)
{
    uint64_t value = 0;
    int64_t error;

    if (unlikely(id >> 16 != SHYPER_HCALL_BASE >> 16)) {
        standard_call(v, x, id);
        return;
    }
    v->exits[SHYPER_EXIT_HYPERCALL]++;
    error = vendor_call(v, id & 0xffff, x + 1, &value);
    if (unlikely(error != 0)) v->refused++;
    x[0] = (uint64_t)error;
    x[1] = value;
}

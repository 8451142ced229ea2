/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher. abi/hcall.def says who may call what and which arguments must fit 32 bits; both
 * are checked here, so a handler starts with decoded numbers and a caller that has the right. */
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/watch.h"

#define SMCCC_VERSION           0x80000000u
#define SMCCC_ARCH_FEATURES     0x80000001u
#define VENDOR_COUNT            0x8600FF00u
#define VENDOR_UID              0x8600FF01u
#define VENDOR_REVISION         0x8600FF03u

#define WHO_ANY 0
#define WHO_MVM 1

static int64_t hcall_unknown(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    return SMCCC_NOT_SUPPORTED;
}

#define ROW(name, number, class, narrow_mask)         \
    [HCALL_SLOT(number)] = { .handler = hcall_##name, \
                             .mvm_only = WHO_##class, \
                             .narrow = narrow_mask,   \
                             .checks = WHO_##class | narrow_mask << 8 },

_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"")
const struct hcall hcall_table[HCALL_SLOTS] = {
    [0 ... HCALL_SLOTS - 1] = { .handler = hcall_unknown },
    SHYPER_HCALLS(ROW)
};
_Pragma("GCC diagnostic pop")

int64_t hcall_check(const struct vcpu *v, const struct hcall *h, const uint64_t *arg)
{
    if (h->mvm_only && !v->vm->is_mvm) return -EACCES;
    for (unsigned i = 0, narrow = h->narrow; narrow != 0; i++, narrow >>= 1) {
        if (narrow & 1 && arg[i] >> 32 != 0) return -EINVAL;
    }
    return 0;
}

static void vendor_call(struct vcpu *v, uint64_t *x, uint32_t id)
{
    const struct hcall *h = &hcall_table[HCALL_SLOT(id)];
    uint64_t value = 0;
    int64_t error = SMCCC_NOT_SUPPORTED;

    v->exits[SHYPER_EXIT_HYPERCALL]++;
    if ((id & ~HCALL_NUMBER_MASK) == SHYPER_HCALL_BASE) {
        error = hcall_check(v, h, x + 1);
        if (error == 0) error = h->handler(v, x + 1, &value);
    }
    if (error != 0) v->refused++;
    x[0] = (uint64_t)error;
    x[1] = value;
}

static uint32_t vendor_calls(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < HCALL_SLOTS; i++) n += hcall_table[i].handler != hcall_unknown;
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
        x[0] = (uint32_t)x[1] <= SMCCC_ARCH_FEATURES && (uint32_t)x[1] >= SMCCC_VERSION
                   ? 0
                   : (uint64_t)SMCCC_NOT_SUPPORTED;
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
    case WATCH_CALL:
        x[0] = (uint64_t)watch_call(v, x);
        return;
    default:
        v->exits[SHYPER_EXIT_PSCI]++;
        if (!psci_call(v, id, x + 1, &result)) result = SMCCC_NOT_SUPPORTED;
        x[0] = (uint64_t)result;
    }
}

void hcall_slow(struct vcpu *v, uint64_t *x, uint32_t id)
{
    if (id >> 16 == SHYPER_HCALL_BASE >> 16) vendor_call(v, x, id);
    else standard_call(v, x, id);
}

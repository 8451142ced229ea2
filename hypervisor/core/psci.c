/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI 1.1 for guests (Arm DEN 0022D), per VM and complete in itself: every call PSCI_FEATURES
 * reports works, none reaches the firmware. The MVM's SYSTEM_OFF is the machine's, and so is its
 * SYSTEM_RESET unless its policy is to be started again alone. */
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_life.h"

#define PSCI_64            0x40000000u
#define PSCI_BASE          0x84000000u
#define PSCI_SUCCESS       0
#define PSCI_INVALID       (-2)
#define PSCI_DENIED        (-3)
#define PSCI_ALREADY_ON    (-4)
#define PSCI_INVALID_ADDR  (-9)

enum {
    PSCI_VERSION = 0,
    CPU_SUSPEND = 1,
    CPU_OFF = 2,
    CPU_ON = 3,
    AFFINITY_INFO = 4,
    MIGRATE_INFO_TYPE = 6,
    SYSTEM_OFF = 8,
    SYSTEM_RESET = 9,
    PSCI_FEATURES = 10,
    CPU_DEFAULT_SUSPEND = 12,
    SYSTEM_SUSPEND = 14,
    SYSTEM_RESET2 = 18,
};

#define ONLY_32                                                                                \
    ((1u << PSCI_VERSION) | (1u << CPU_OFF) | (1u << MIGRATE_INFO_TYPE) | (1u << SYSTEM_OFF) | \
     (1u << SYSTEM_RESET) | (1u << PSCI_FEATURES))
#define BOTH                                                            \
    ((1u << CPU_SUSPEND) | (1u << CPU_ON) | (1u << AFFINITY_INFO) |     \
     (1u << CPU_DEFAULT_SUSPEND) | (1u << SYSTEM_SUSPEND) | (1u << SYSTEM_RESET2))

static bool implemented(uint32_t id)
{
    uint32_t n = id & 0x1f;

    if ((id & ~PSCI_64) - PSCI_BASE > 0x1f) return false;
    return ((id & PSCI_64 ? BOTH : ONLY_32 | BOTH) >> n & 1) != 0;
}

static struct vcpu *vcpu_by_mpidr(struct vm *vm, uint64_t mpidr)
{
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        if (vm->vcpu[i]->mpidr == mpidr) return vm->vcpu[i];
    }
    return NULL;
}

static bool entry_is_good(const struct vm *vm, uint64_t entry)
{
    for (uint32_t i = 0; i < vm->mem.run_count; i++) {
        if (entry - vm->mem.run[i].ipa < vm->mem.run[i].bytes) return is_aligned(entry, 4);
    }
    return false;
}

static int64_t cpu_on(struct vm *vm, uint64_t target, uint64_t entry, uint64_t context)
{
    struct vcpu *v = vcpu_by_mpidr(vm, target);
    spin_guard(&vm->lock);

    if (v == NULL) return PSCI_INVALID;
    if (!entry_is_good(vm, entry)) return PSCI_INVALID_ADDR;
    if (vcpu_state_of(v) != VCPU_OFF) return PSCI_ALREADY_ON;
    if (vm->state != SHYPER_VM_RUNNING && vm->state != SHYPER_VM_PAUSED) return PSCI_DENIED;
    vcpu_reset(v);
    vcpu_start(v, entry, context);
    return PSCI_SUCCESS;
}

/* Affinity levels above 0 hold no state of their own: on when any vCPU in them is. */
static int64_t affinity_info(struct vm *vm, uint64_t target, uint64_t level)
{
    bool found = false;

    if (level > 3) return PSCI_INVALID;
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *v = vm->vcpu[i];
        uint64_t shift = level == 3 ? 32 : level * 8;

        if (v->mpidr >> shift != target >> shift) continue;
        found = true;
        if (vcpu_state_of(v) != VCPU_OFF) return 0;
    }
    return found ? 1 : PSCI_INVALID;
}

/* The vCPU comes back at `entry` as after CPU_ON, when an interrupt is pending for it. */
static int64_t power_down(struct vcpu *v, uint64_t entry, uint64_t context)
{
    if (!entry_is_good(v->vm, entry)) return PSCI_INVALID_ADDR;
    sched_restart(v, entry, context);
    sched_wait(v);
    return PSCI_SUCCESS;
}

/* The power state has its original form, as FEATURES says: bit 16 asks for a power-down. */
static int64_t cpu_suspend(struct vcpu *v, uint32_t state, uint64_t entry, uint64_t context)
{
    if ((state & ~(MASK64(25, 24) | MASK64(16, 0))) != 0) return PSCI_INVALID;
    if (state & BIT64(16)) return power_down(v, entry, context);
    sched_wait(v);
    return PSCI_SUCCESS;
}

/* Only the last vCPU may suspend the system; nobody else is there to turn one on meanwhile. */
static int64_t system_suspend(struct vcpu *v, uint64_t entry, uint64_t context)
{
    for (uint32_t i = 0; i < v->vm->vcpu_count; i++) {
        if (v->vm->vcpu[i] != v && vcpu_state_of(v->vm->vcpu[i]) != VCPU_OFF) return PSCI_DENIED;
    }
    return power_down(v, entry, context);
}

static int64_t system_end(struct vcpu *v, enum shyper_vm_reason reason)
{
    bool machine = v->vm->is_mvm && (reason == SHYPER_REASON_OFF ||
                                     v->vm->config.restart == SHYPER_RESTART_NEVER);

    if (machine && reason == SHYPER_REASON_RESET) arch_reset();
    if (machine) arch_shutdown();
    vm_end(v->vm, reason, 0);
    return PSCI_SUCCESS;
}

static int64_t call(struct vcpu *v, uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
    switch (function) {
    case PSCI_VERSION:
        return 0x10001;
    case CPU_SUSPEND:
        return cpu_suspend(v, (uint32_t)a, b, c);
    case CPU_OFF:
        sched_off(v);
        return PSCI_DENIED;             /* seen only if it fails, which it does not */
    case CPU_ON:
        return cpu_on(v->vm, a, b, c);
    case AFFINITY_INFO:
        return affinity_info(v->vm, a, b);
    case MIGRATE_INFO_TYPE:
        return 2;                       /* no trusted OS to migrate */
    case SYSTEM_OFF:
        return system_end(v, SHYPER_REASON_OFF);
    case SYSTEM_RESET:
        return system_end(v, SHYPER_REASON_RESET);
    case CPU_DEFAULT_SUSPEND:
        return power_down(v, a, b);
    case SYSTEM_SUSPEND:
        return system_suspend(v, a, b);
    case SYSTEM_RESET2:                 /* type 0: warm; the others are some vendor's, or reserved */
        return (uint32_t)a == 0 ? system_end(v, SHYPER_REASON_RESET) : PSCI_INVALID;
    default:
        return implemented((uint32_t)a) || (uint32_t)a == 0x80000000u ? PSCI_SUCCESS
                                                                      : SMCCC_NOT_SUPPORTED;
    }
}

bool psci_call(struct vcpu *v, uint32_t id, const uint64_t *arg, int64_t *result)
{
    uint64_t mask = id & PSCI_64 ? UINT64_MAX : UINT32_MAX;

    if (!implemented(id)) return false;
    *result = call(v, id & 0x1f, arg[0] & mask, arg[1] & mask, arg[2] & mask);
    return true;
}

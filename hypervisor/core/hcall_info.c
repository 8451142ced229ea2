/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls about the system as a whole. Answers to the MVM are written to its memory in one
 * checked copy. */
#include "hypervisor/core/hcalls.h"
#include "hypervisor/core/answer.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/version.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_life.h"
#include "lib/str.h"

int64_t hcall_info_version(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    *value = SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR;
    return 0;
}

int64_t hcall_info_self(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    *value = v->vm->id;
    return 0;
}

static uint32_t vm_count(void)
{
    uint32_t n = 0;
    spin_guard(&vms_lock);

    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) n += vms[i] != NULL;
    return n;
}

int64_t hcall_info_system(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    struct shyper_system_info info = {
        .size = sizeof(info),
        .abi_major = SHYPER_ABI_MAJOR,
        .abi_minor = SHYPER_ABI_MINOR,
        .cpus = cpu_count,
        .gic_version = gic->version,
        .uptime_ns = time_ns(),
        .pool_bytes = guest_pool_bytes(),
        .pool_free_bytes = guest_pool_free(),
        .hyp_bytes = page_bytes_total(),
        .hyp_free_bytes = page_bytes_free(),
        .vms = vm_count(),
        .vms_max = SHYPER_VM_MAX,
        .log_level = log_level(),
    };

    str_copy(info.version, sizeof(info.version), SHYPER_VERSION);
    return answer_struct(v, arg[0], arg[1], &info, sizeof(info), value);
}

int64_t hcall_info_log(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    struct answer_text t;

    t.head.next = arg[2];
    return answer_text(v, arg[0], arg[1], &t,
                       log_read(&t.head.next, t.text, answer_room(arg[1]), &t.lost), value);
}

static uint32_t events;
static uint32_t doorbell;

void mvm_doorbell(uint32_t intid)
{
    doorbell = intid;
}

/* The bell rings once per batch: only when nothing was waiting to be fetched. */
void mvm_notify(uint32_t what)
{
    struct vm *mvm = vm_of_mvm();      /* may be given up any moment, but not freed */

    if (mvm == NULL || __atomic_fetch_or(&events, what, __ATOMIC_ACQ_REL) != 0) return;
    vgic_set_spi(mvm, doorbell, true);
}

void mvm_events_forget(void)
{
    __atomic_store_n(&events, 0, __ATOMIC_RELEASE);
}

int64_t hcall_info_events(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    *value = __atomic_exchange_n(&events, 0, __ATOMIC_ACQ_REL);
    return 0;
}

int64_t hcall_info_exit(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    if (v->vm->is_mvm) return -EACCES;
    vm_end(v->vm, SHYPER_REASON_EXIT, (uint32_t)arg[0]);
    return 0;
}

int64_t hcall_system_shutdown(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    arch_shutdown();
}

int64_t hcall_system_reboot(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    arch_reset();
}

int64_t hcall_system_log_level(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    if (arg[0] > SHYPER_LOG_DEBUG) return -EINVAL;
    *value = log_level();
    log_set_level((uint32_t)arg[0]);
    return 0;
}

int64_t hcall_trace_mask(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    *value = cpus[0].trace_mask;
    for (uint32_t i = 0; i < cpu_count; i++)
        __atomic_store_n(&cpus[i].trace_mask, arg[0], __ATOMIC_RELAXED);
    return 0;
}

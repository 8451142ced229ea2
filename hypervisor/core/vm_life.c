/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/vm_life.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/create.h"
#include "hypervisor/core/fault.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/mvm_restart.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/vm_make.h"
#include "hypervisor/core/vm_load.h"
#include "hypervisor/core/watch.h"

static const char *reason_text(enum shyper_vm_reason reason)
{
    static const char *const text[] = {
        [SHYPER_REASON_NONE] = "no reason",
        [SHYPER_REASON_REQUEST] = "stopped by request",
        [SHYPER_REASON_OFF] = "powered itself off",
        [SHYPER_REASON_RESET] = "asked for a reset",
        [SHYPER_REASON_EXIT] = "exited",
        [SHYPER_REASON_FAULT] = "could not go on",
        [SHYPER_REASON_CPUS_OFF] = "turned its last vCPU off",
        [SHYPER_REASON_HUNG] = "hung: its heartbeat stopped",
    };

    return text[reason];
}

static void log_end(struct vm *vm)
{
    char status[32] = "";

    if (vm->reason == SHYPER_REASON_EXIT)
        (void)fmt_text(status, sizeof(status), " with status %u", vm->exit_status);
    log_vm(vm, "%s%s", reason_text(vm->reason), status);
    if (vm->is_mvm) log_take_uart();
    if (vm->is_mvm || vm_of_mvm() == NULL)
        log_info("vm", "%s %s%s", vm->config.name, reason_text(vm->reason), status);
    else
        log_debug(vm, "%s%s", reason_text(vm->reason), status);
}

int vm_boot(struct vm *vm)
{
    spin_guard(&vm->lock);

    if (vm->state != SHYPER_VM_CREATED && vm->state != SHYPER_VM_READY) return -EBUSY;
    vm->state = SHYPER_VM_RUNNING;
    vm->reason = SHYPER_REASON_NONE;
    vm->exit_status = 0;
    __atomic_store_n(&vm->restart, false, __ATOMIC_RELEASE);    /* is_alive finds one or the other */
    vm->beats = 0;
    fault_forget(vm);
    arch_icache_sync();         /* its images may have come into memory that held others */
    vcpu_reset(vm->vcpu[0]);
    vcpu_start(vm->vcpu[0], vm->config.entry, vm->config.dtb);
    watch_start(vm);
    mvm_notify(SHYPER_EVENT_STATE);
    return 0;
}

/* Set under the lock of its core, which looks at it in its exit loop. */
static void ask(struct vcpu *v, bool *what)
{
    spin_lock(&v->cpu->lock);
    *what = true;
    spin_unlock(&v->cpu->lock);
    cpu_request(v->cpu, WORK_LEAVE);
}

static bool has_left(const struct vm *vm)
{
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        enum vcpu_state state = vcpu_state_of(vm->vcpu[i]);

        if (state != VCPU_OFF && state != VCPU_PAUSED) return false;
    }
    return true;
}

int vm_pause(struct vm *vm)
{
    spin_guard(&vm->lock);

    if (vm->state == SHYPER_VM_RUNNING) {
        vm->state = SHYPER_VM_PAUSED;
        vm->pausing = true;
        for (uint32_t i = 0; i < vm->vcpu_count; i++) ask(vm->vcpu[i], &vm->vcpu[i]->pause);
        mvm_notify(SHYPER_EVENT_STATE);
    }
    if (vm->state != SHYPER_VM_PAUSED || !vm->pausing) return -EBUSY;
    if (!has_left(vm)) return -EAGAIN;
    vm->pausing = false;
    log_debug(vm, "is paused");
    return 0;
}

/* Those that slept go back to look why themselves: to a guest WFI may end at any time. */
int vm_resume(struct vm *vm)
{
    spin_guard(&vm->lock);

    if (vm->state != SHYPER_VM_PAUSED) return -EBUSY;
    vm->state = SHYPER_VM_RUNNING;
    log_debug(vm, "goes on");
    for (uint32_t i = 0; i < vm->vcpu_count; i++) sched_resume(vm->vcpu[i]);
    watch_start(vm);
    mvm_notify(SHYPER_EVENT_STATE);
    return 0;
}

void vm_end(struct vm *vm, enum shyper_vm_reason reason, uint32_t status)
{
    spin_guard(&vm->lock);

    if (reason == SHYPER_REASON_REQUEST) {      /* also of a VM that is about to restart itself */
        vm->restart = false;
        if (vm->state == SHYPER_VM_STOPPING) vm->reason = reason;
    }
    if (vm->state != SHYPER_VM_RUNNING && vm->state != SHYPER_VM_PAUSED) return;
    vm->state = SHYPER_VM_STOPPING;
    vm->reason = reason;
    vm->exit_status = status;
    for (uint32_t i = 0; i < vm->vcpu_count; i++) ask(vm->vcpu[i], &vm->vcpu[i]->leave);
}

/* When the last VM has ended, and the management VM too if there was one, so does the machine: nobody
 * could start anything again. */
static bool is_on(const struct vm *vm)
{
    enum shyper_vm_state state = __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);

    return state == SHYPER_VM_RUNNING || state == SHYPER_VM_PAUSED || state == SHYPER_VM_STOPPING ||
           (state == SHYPER_VM_CREATED && vm->boot_time);
}

/* Who is about to restart says so before it stops (vm_vcpu_left), and until it is on again (vm_boot). */
static bool is_alive(const struct vm *vm)
{
    return is_on(vm) || __atomic_load_n(&vm->restart, __ATOMIC_ACQUIRE) || is_on(vm);
}

void vms_end_if_done(void)
{
    const struct vm *mvm = vm_of_mvm();
    static bool ended;

    if (mvm != NULL && mvm->state != SHYPER_VM_CRASHED) return;
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        if (vms[id] != NULL && is_alive(vms[id])) return;
    }
    if (__atomic_exchange_n(&ended, true, __ATOMIC_RELAXED)) return;
    if (mvm != NULL) {
        log_error("boot", "No VM is left, and the management VM cannot go on: the machine is reset.");
        arch_reset();
    }
    log_info("boot", "No VM is left and there is no management VM: the machine is switched off.");
    arch_shutdown();
}

void vm_vcpu_left(struct vm *vm)
{
    bool crashed;
    spin_guard(&vm->lock);

    if (__atomic_sub_fetch(&vm->vcpus_live, 1, __ATOMIC_ACQ_REL) != 0) return;
    if (vm->state == SHYPER_VM_RUNNING || vm->state == SHYPER_VM_PAUSED)
        vm->reason = SHYPER_REASON_CPUS_OFF;
    log_end(vm);
    __atomic_store_n(&vm->restart, watch_restart(vm), __ATOMIC_RELEASE);   /* with when */
    crashed = vm->reason == SHYPER_REASON_FAULT || vm->reason == SHYPER_REASON_HUNG;
    __atomic_store_n(&vm->state, crashed ? SHYPER_VM_CRASHED : SHYPER_VM_STOPPED, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) vm->vcpu[i]->leave = false;
    mvm_notify(SHYPER_EVENT_STATE);
    if (vm->restart || vm->beat_ms != 0) cpu_request(&cpus[0], WORK_WATCH);
    if (vm->is_mvm) cpu_request(&cpus[0], WORK_JOB);
    vms_end_if_done();
}

int vm_reset(struct vm *vm)
{
    int err;
    spin_guard(&vm->lock);

    if (vm->state != SHYPER_VM_STOPPED && vm->state != SHYPER_VM_CRASHED &&
        vm->state != SHYPER_VM_READY)
        return -EBUSY;
    if (vm->state == SHYPER_VM_READY) vm->state = SHYPER_VM_STOPPED;    /* until it is complete */
    err = vm_load_some(vm);
    if (err != 0) return err;
    if (!vgic_reset_some(vm)) return -EAGAIN;
    for (uint32_t i = 0; i < vm->device_count; i++) vm->device[i].model->reset(&vm->device[i]);
    vm->load_index = 0;
    vm->load_at = 0;
    vm->restarts++;
    vm->state = SHYPER_VM_READY;
    log_debug(vm, "is reset");
    return 0;
}

int vm_remove(struct vm *vm)
{
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    {
        spin_guard(&vm->lock);

        if (vm->state == SHYPER_VM_STOPPING) return -EAGAIN;
        if (vm->mem.opens > 0) return -EBUSY;
        vm->state = SHYPER_VM_REMOVING;
    }
    return vm_release_some(vm) ? 0 : -EAGAIN;
}

/* -EAGAIN: more is left of it. */
static int start_again_some(struct vm *vm)
{
    int err = vm->is_mvm ? mvm_clear_some(vm) : 0;

    if (err == 0) err = vm_reset(vm);
    if (err == -EAGAIN) return err;
    if (err == 0) {
        vm->restarted_at = time_count();
        if (vm->is_mvm) mvm_restarted();
        err = vm_boot(vm);
    }
    if (err != 0) {
        log_vm(vm, "could not be started again");
        if (vm->is_mvm) mvm_give_up(vm);
        vm->restart = false;
        vms_end_if_done();
    }
    return err;
}

bool vm_job(void)
{
    const struct vm *mvm;
    spin_guard(&vms_lock);

    mvm = vm_of_mvm();
    if ((mvm == NULL || mvm->state != SHYPER_VM_RUNNING) && create_undo_some()) return true;
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        struct vm *vm = vms[id];

        if (vm == NULL || !__atomic_load_n(&vm->restart, __ATOMIC_ACQUIRE) || vm->restart_at > time_count() ||
            vm->vcpu[0]->cpu != this_cpu())
            continue;
        if (start_again_some(vm) == -EAGAIN) return true;
    }
    return false;
}

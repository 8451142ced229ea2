/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/watch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/vm_life.h"

#define WDT_INVALID (-2)

/* When the timer of watch_look fires; 0: not, or somebody is looking. Who is due sooner has to ask
 * for a look, others need not. */
static uint64_t armed;

enum { WDT_INIT, WDT_SET_TIMEOUT, WDT_ENABLE, WDT_PET, WDT_GET_TIMELEFT };

static uint64_t after_ms(uint32_t ms)
{
    return time_count() + time_count_of_ns(ms * UINT64_C(1000000));
}

/* One beat within `ms` from now. By this fence and watch_look's, either that sees the new time, or
 * this sees that it looks. */
static void expect_beat(struct vm *vm, uint32_t ms)
{
    uint64_t by = after_ms(ms);

    vm->beat_ms = ms;
    __atomic_store_n(&vm->beat_by, by, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (by <= __atomic_load_n(&armed, __ATOMIC_RELAXED) - 1) cpu_request(&cpus[0], WORK_WATCH);
}

void watch_start(struct vm *vm)
{
    if (vm->config.heartbeat_ms != 0) expect_beat(vm, vm->config.heartbeat_ms);
}

static bool policy_says_yes(const struct vm *vm)
{
    bool crash = vm->reason == SHYPER_REASON_FAULT || vm->reason == SHYPER_REASON_HUNG ||
                 (vm->reason == SHYPER_REASON_EXIT && vm->exit_status != 0);

    return vm->config.restart == SHYPER_RESTART_ALWAYS ||
           (crash && vm->config.restart == SHYPER_RESTART_ON_CRASH);
}

static bool is_calm(const struct vm *vm, uint32_t ms)
{
    return vm->restarted_at == 0 ||
           time_count() - vm->restarted_at > time_count_of_ns(ms * UINT64_C(1000000));
}

/* The management VM's is decided by mvm_restart.c, and asking for a reset is how a Linux panic ends. */
bool watch_restart(struct vm *vm)
{
    if (!vm->boot_time || vm->reason == SHYPER_REASON_REQUEST) return false;
    if (vm->reason == SHYPER_REASON_RESET && !vm->is_mvm) {
        vm->restart_at = is_calm(vm, SHYPER_RESET_CALM_MS) ? 0 : after_ms(SHYPER_RESET_DELAY_MS);
        return true;
    }
    if (!vm->is_mvm && !policy_says_yes(vm)) return false;
    if (is_calm(vm, SHYPER_RESTART_CALM_MS))
        vm->restart_wait_ms = vm->config.restart_delay_ms;
    else
        vm->restart_wait_ms = MIN(MAX(MAX(vm->restart_wait_ms, 1u) * 2, vm->config.restart_delay_ms),
                                  SHYPER_RESTART_DELAY_MS_MAX);
    vm->restart_at = after_ms(vm->restart_wait_ms);
    log_vm(vm, "starts again in %u ms", vm->restart_wait_ms);
    if (vm->is_mvm || vm_of_mvm() == NULL)
        log_info("vm", "%s starts again in %u ms", vm->config.name, vm->restart_wait_ms);
    return true;
}

/* When something is due for the VM; UINT64_MAX: nothing. */
static uint64_t due_at(struct vm *vm)
{
    if (__atomic_load_n(&vm->restart, __ATOMIC_ACQUIRE)) return vm->restart_at;
    if (vm->state != SHYPER_VM_RUNNING || vm->beat_ms == 0) return UINT64_MAX;
    return __atomic_load_n(&vm->beat_by, __ATOMIC_RELAXED);
}

static void due(struct timer *t) { cpu_request(&cpus[0], WORK_WATCH); }

void watch_look(void)
{
    static struct timer timer;
    uint64_t now = time_count(), next = UINT64_MAX;
    spin_guard(&vms_lock);

    if (timer.fire == NULL) timer_init(&timer, due);
    __atomic_store_n(&armed, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        struct vm *vm = vms[id];
        uint64_t at = vm == NULL ? UINT64_MAX : due_at(vm);

        if (at > now)
            next = MIN(next, at);
        else if (vm->restart)
            cpu_request(vm->vcpu[0]->cpu, WORK_JOB);
        else
            vm_end(vm, SHYPER_REASON_HUNG, 0);
    }
    __atomic_store_n(&armed, next, __ATOMIC_RELAXED);
    if (next == UINT64_MAX)
        timer_cancel(&timer);
    else
        timer_arm(&timer, next);
}

/* Whatever the guest sets, the profile's time stays the longest, and the watch is never off: a
 * driver that stops it goes back to the profile's. */
int64_t watch_call(struct vcpu *v, uint64_t *x)
{
    struct vm *vm = v->vm;
    uint32_t longest = vm->config.heartbeat_ms, seconds = MAX(longest / 1000, 1u);
    uint32_t arg = (uint32_t)x[2];
    uint64_t by;

    if (longest == 0) return -1;
    switch ((uint32_t)x[1]) {
    case WDT_INIT:
        x[1] = 1;
        x[2] = seconds;
        return 0;
    case WDT_SET_TIMEOUT:
        if (arg == 0 || arg > seconds) return WDT_INVALID;
        expect_beat(vm, MIN(arg * 1000, longest));
        return 0;
    case WDT_ENABLE:
        if (arg > 1) return WDT_INVALID;
        expect_beat(vm, arg == 0 ? longest : vm->beat_ms);
        return 0;
    case WDT_PET:
        __atomic_store_n(&vm->beat_by, after_ms(vm->beat_ms), __ATOMIC_RELAXED);
        __atomic_fetch_add(&vm->beats, 1, __ATOMIC_RELAXED);
        return 0;
    case WDT_GET_TIMELEFT:
        by = __atomic_load_n(&vm->beat_by, __ATOMIC_RELAXED) - time_count();
        x[1] = (int64_t)by < 0 ? 0 : time_ns_of_count(by) / 1000000000u;
        return 0;
    default:
        return WDT_INVALID;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/policy.h"

void policy_init(struct policy *p)
{
    *p = (struct policy){ .due_ms = POLICY_NEVER, .started_ms = POLICY_NEVER };
}

static bool is_crash(const struct shyper_vm_info *info)
{
    return info->state == SHYPER_VM_CRASHED || info->reason == SHYPER_REASON_FAULT ||
           info->reason == SHYPER_REASON_HUNG ||
           (info->reason == SHYPER_REASON_EXIT && info->exit_status != 0);
}

static bool runs_again(const struct shyper_vm_info *info)
{
    switch (info->restart) {
    case SHYPER_RESTART_ON_CRASH: return is_crash(info);
    case SHYPER_RESTART_ALWAYS:   return true;
    default:                      return false;
    }
}

/* What a VM lived since its last restart says whether its troubles belong together. That restart may
 * have been its own wish, without a wait. */
static uint32_t delay_of(const struct policy *p, const struct shyper_vm_info *info, int64_t now_ms)
{
    bool calm = p->started_ms == POLICY_NEVER || now_ms - p->started_ms >= SHYPER_RESTART_CALM_MS;
    uint64_t delay = info->restart_delay_ms;

    if (!calm) { delay = p->delay_ms != 0 ? UINT64_C(2) * p->delay_ms : MAX(delay, 2u); }
    return (uint32_t)MIN(delay, SHYPER_RESTART_DELAY_MS_MAX);
}

void policy_look(struct policy *p, const struct shyper_vm_info *info, int64_t now_ms)
{
    if (info->state != SHYPER_VM_STOPPED && info->state != SHYPER_VM_CRASHED) {
        p->decided = 0;
        p->due_ms = POLICY_NEVER;
        return;
    }
    if (p->decided == info->restarts + 1) { return; }
    p->decided = info->restarts + 1;
    p->due_ms = POLICY_NEVER;
    if (info->boot_time != 0 || info->id == SHYPER_MVM_ID ||
        info->reason == SHYPER_REASON_REQUEST) {
        return;                 /* the hypervisor does those of the bundle itself */
    }
    if (info->reason == SHYPER_REASON_RESET) {
        bool soon = p->started_ms != POLICY_NEVER && now_ms - p->started_ms < SHYPER_RESET_CALM_MS;

        p->due_ms = now_ms + (soon ? SHYPER_RESET_DELAY_MS : 0);
    } else if (runs_again(info)) {
        p->delay_ms = delay_of(p, info, now_ms);
        p->due_ms = now_ms + p->delay_ms;
    }
}

void policy_started(struct policy *p, int64_t now_ms)
{
    p->started_ms = now_ms;
}

void policy_overruled(struct policy *p)
{
    p->due_ms = POLICY_NEVER;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The VMs there are, as the hypervisor last told, each with what the daemon does for it. */
#pragma once

#include "mvm/daemon/logfile.h"
#include "mvm/daemon/policy.h"
#include "mvm/daemon/scroll.h"

struct vm {
    struct vm *next;
    int fd;                     /* of /dev/shyper; answers ENOENT once the VM is gone */
    struct shyper_vm_info info;
    bool gone;
    bool working;               /* a job uses it, so it must stay */
    struct scroll scroll;
    struct logfile log;
    struct policy policy, policy_kept;
};

extern struct vm *vms;

/** Ask the hypervisor for all VMs and their states. */
void vms_scan(void);
/** Take over what the consoles have shown. */
void vms_drain(void);
void vm_drain(struct vm *vm);

struct vm *vm_with_id(uint32_t id);
/** Must a request that changes this VM wait? */
bool vm_is_busy(const struct vm *vm);
/** No job uses it any more. */
void vm_release(struct vm *vm);

/** Its policy changed: keep that for the daemon that follows this one. */
void vm_policy_keep(struct vm *vm);

/** Start those whose time has come. */
void vms_restart(void);
/** When the next one is due; POLICY_NEVER: none is. */
int64_t vms_due_ms(void);

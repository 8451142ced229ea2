/* SPDX-License-Identifier: Apache-2.0 */
/* When a VM made from the management VM is started again (abi/vm.h: enum shyper_restart). */
#pragma once

#include "abi/vm.h"
#include "lib/compiler.h"

#define POLICY_NEVER (-1)

struct policy {
    int64_t due_ms;             /* POLICY_NEVER, or when to start it */
    int64_t started_ms;         /* the last time we did; POLICY_NEVER */
    uint32_t delay_ms;          /* waited before that */
    bool decided;               /* this end of the VM has been looked at */
};

/** A VM nobody knows yet. */
void policy_init(struct policy *p);

/** Look at a VM's state: sets due_ms when it has ended and shall run again. */
void policy_look(struct policy *p, const struct shyper_vm_info *info, int64_t now_ms);

/** It is being started by its policy. */
void policy_started(struct policy *p, int64_t now_ms);

/** It has been started: its next end counts, even if nobody saw it run. */
void policy_running(struct policy *p);

/** Somebody decides instead of it: no start until the VM ends again. */
void policy_overruled(struct policy *p);

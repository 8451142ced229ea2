/* SPDX-License-Identifier: Apache-2.0 */
/* When a VM made from the management VM is started again (abi/vm.h: enum shyper_restart). */
#pragma once

#include "abi/vm.h"
#include "lib/compiler.h"

#define POLICY_NEVER (-1)

/* Is kept as it is, for the next daemon: the clock goes on as long as what is kept. */
struct policy {
    int64_t due_ms;             /* POLICY_NEVER, or when to start it */
    int64_t started_ms;         /* the last time we did; POLICY_NEVER */
    uint32_t delay_ms;          /* waited before that */
    uint32_t decided;           /* number, from 1, of the life whose end was looked at; 0: it runs */
};

/** A VM nobody knows yet. */
void policy_init(struct policy *p);

/** Look at a VM's state: sets due_ms when it has ended and shall run again. */
void policy_look(struct policy *p, const struct shyper_vm_info *info, int64_t now_ms);

/** It is being started by its policy, and due until that is done. */
void policy_started(struct policy *p, int64_t now_ms);

/** Somebody decides instead of it: no start until the VM ends again. */
void policy_overruled(struct policy *p);

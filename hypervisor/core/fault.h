/* SPDX-License-Identifier: Apache-2.0 */
/* The first thing since its VM's start that the guest did and nothing answers to, with the
 * registers of that moment, for vm_fault; the VM's log has one line of them, because writing text
 * takes long and interrupts wait meanwhile. */
#pragma once

#include "abi/vm.h"
#include "hypervisor/core/types.h"

/** By the running vCPU, on its core. Address and ipa are 0 where they do not apply. */
void fault_note(struct vcpu *v, enum shyper_fault kind, uint64_t address, ipa_t ipa);

/** False: none since the VM's start. Any core. */
bool fault_first(struct vm *vm, struct shyper_vm_fault *out) must_check;

/** The VM starts anew. */
void fault_forget(struct vm *vm);

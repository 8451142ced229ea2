/* SPDX-License-Identifier: Apache-2.0 */
/* The management VM, started again from the bundle while guests run on. */
#pragma once

#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm.h"

/** Seeds for its Linux, other ones with each call. False: the firmware gave none to begin with. */
bool mvm_seeds(uint8_t out[PLATFORM_ENTROPY]);

/** Its device tree: the seeds in it are replaced before each restart. */
void mvm_restart_tree(void *tree, uint32_t bytes);

/**
 * It does not run. A bounded piece of what has to be done before its memory is loaded again: its
 * devices stopped, guests' memories closed. vms_lock is held.
 * @return -EAGAIN: call again; 0: done; else it must not be started again, and has been said why
 */
int mvm_clear_some(struct vm *mvm) must_check;

/** Its restart has failed: the guests' consoles are on the UART from now on. */
void mvm_give_up(struct vm *mvm);

/** It runs again. */
void mvm_restarted(void);

/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/mvm.h"
#include "hypervisor/core/vm_make.h"
int mvm_make(const struct bundle *b, const struct ranges *ram, const char **why) { *why = "later"; return -ENODEV; }
int mvm_load_and_boot(const struct bundle *b, const void *fdt, const char **why) { *why = "later"; return -ENODEV; }

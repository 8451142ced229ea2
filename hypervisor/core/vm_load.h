/* SPDX-License-Identifier: Apache-2.0 */
/* VMs of the bundle: made and loaded by the hypervisor itself. */
#pragma once

#include "hypervisor/core/bundle.h"
#include "hypervisor/core/vm.h"

/** Copy the next piece of the VM's images. -EAGAIN: more is left; -EFAULT: an image does not lie in
 * its RAM. */
int vm_load_some(struct vm *vm) must_check;
int vm_load_all(struct vm *vm) must_check;      /* boot only: as long as it takes */

void vm_add_image(struct vm *vm, uint64_t ipa, const void *data, uint64_t bytes);

/** A member whose CRC was checked; NULL: absent or corrupt. */
const struct bundle_member *bundle_image(const struct bundle *b, const char *name,
                                         const char **why);

/** Make and load every boot-time VM of the bundle. A bad one is reported and left out. Returns how
 * many there are. */
uint32_t bundle_make_vms(const struct bundle *b) must_check;
void bundle_boot_vms(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* vm_create, the one hypercall whose work is spread over many. */
#pragma once

#include "lib/compiler.h"

/** Whoever made a VM is gone: a bounded piece of undoing what it had begun; false: nothing is left.
 * vms_lock is held. */
bool create_undo_some(void);

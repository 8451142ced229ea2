/* SPDX-License-Identifier: Apache-2.0 */
/* Making the board's devices stop accessing memory, before the memory of a management VM that has
 * ended is used again. */
#pragma once

#include "hypervisor/core/types.h"

void quiesce_begin(void);

/** A bounded piece. -EAGAIN: call again; 0: all is quiet; -ENODEV: there is a device nobody knows
 * how to stop, -EIO: one does not stop, and *what is its name. */
int quiesce_some(const char **what) must_check;

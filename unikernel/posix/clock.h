/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** A relative timespec of the application at `address` as a deadline; address 0 means never.
 * -EFAULT, -EINVAL. */
int clock_deadline_in(uint64_t address, uint64_t *deadline_ns) must_check;

/** An absolute one, of the wall clock or of the time since boot. */
int clock_deadline_at(uint64_t address, bool wall, uint64_t *deadline_ns) must_check;

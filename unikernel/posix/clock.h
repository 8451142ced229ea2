/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** A timespec of the application; seconds beyond the life of a 63-bit count of ns are NEVER. -EFAULT,
 * -EINVAL. */
int timespec_read(uint64_t address, uint64_t *ns) must_check;
long timespec_write(long address, uint64_t ns);

/** A relative timespec of the application at `address` as a deadline; address 0 means never.
 * -EFAULT, -EINVAL. */
int clock_deadline_in(uint64_t address, uint64_t *deadline_ns) must_check;

/** An absolute one, of the wall clock or of the time since boot. */
int clock_deadline_at(uint64_t address, bool wall, uint64_t *deadline_ns) must_check;

/** What a clock of CPU time shows; before, ns is the time since boot. -EINVAL when there is no such
 * clock. */
int clock_of_cpu_time(int id, uint64_t *ns) must_check;

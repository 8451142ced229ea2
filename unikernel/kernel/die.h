/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** At depth 0 of an application thread that was killed (status 137) or has faulted (139): run its
 * cleanups, then end. */
void thread_die(void *status);

/** Is pc in the application's own code? Code of libc may hold locks. */
bool thread_may_die_at(uint64_t pc);

/** The current thread, in libc with that frame pointer and stack pointer, does not return to the
 * application but ends. */
void thread_return_to_end(uint64_t fp, uint64_t sp);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** At depth 0 of an application thread that was killed (status 137) or has faulted (139): run its
 * cleanups, then end. */
void thread_die(void *status);

struct trap_frame;

/** Is that the state of the application's own code? Code of libc, and what that calls, may hold locks. */
bool thread_may_die_at(struct trap_frame *f);

/** A thread that is interrupted in libc with that state does not return to the application but ends. */
void thread_return_to_end(struct trap_frame *f);

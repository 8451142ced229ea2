/* SPDX-License-Identifier: Apache-2.0 */
/* What posix/signal does for the kernel. Images without the feature posix have posix/no_signals.c,
 * where nothing is. */
#pragma once

#include "lib/compiler.h"

struct fault;
struct thread;
struct trap_frame;

/** The calling thread, interrupted at gate depth 0 with that state, has PENDING_SIGNAL: it goes on in
 * its handlers, if it can there. */
void signal_interrupted(struct trap_frame *f);

/** Is this a fault of the application for which there is a handler? Then f goes on there. */
bool signal_fault(const struct fault *fault, struct trap_frame *f) must_check;

/** If the instruction that has trapped, at this address, is one of the gate's (posix/gate.h), what it
 * is there for is done. */
bool signal_trapped(struct trap_frame *f, uint64_t at) must_check;

/** t, which nobody knows any more, takes no signals. */
void signal_thread_ended(struct thread *t);

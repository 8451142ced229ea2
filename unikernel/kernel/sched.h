/* SPDX-License-Identifier: Apache-2.0 */
/* What thread.c needs of the scheduler. */
#pragma once

#include "unikernel/kernel/thread.h"

extern struct cpu cpus[];

/** HELD -> READY; false in any other state. */
bool sched_start(struct thread *t, bool front);

/** The calling thread, on the handlers' stack, is over. */
noreturn_fn void sched_end(void);

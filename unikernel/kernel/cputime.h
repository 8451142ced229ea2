/* SPDX-License-Identifier: Apache-2.0 */
/* What CPUs have spent in threads. It is counted in images with the feature fs (posix/fs/cputime.c), in
 * which also giving way counts (posix/fs/yield.c); in others it is all 0 (posix/no_cputime.c), so that
 * a switch costs them nothing. An interrupt counts for whom it interrupts. */
#pragma once

#include "lib/compiler.h"

struct cpu;
struct thread;

/** Until now it was c->current that ran. On c itself, its lock held. */
void cputime_charge(struct cpu *c);

/** ns, of a thread that does not go away meanwhile. Of an idle thread: how long its CPU idled. */
uint64_t cputime_of(struct thread *t);

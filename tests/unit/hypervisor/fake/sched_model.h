/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler on the fake board against rules simple enough to be believed. The model keeps its own account of time: which
 * vCPU was on which core, and what each was promised; after every step all rules must hold, or the program stops:
 *
 *   every vCPU is in its home's queue exactly when it is ready, and once; a core that is wanted runs somebody;
 *   a realtime vCPU with budget left in its period is never behind one of lower priority, or of another class; one without
 *   budget is behind every fair one; its periods follow each other from its beginning;
 *   of two fair ones that both want their core, neither gets ahead of its weight by more than a few slices;
 *   a fair one that got its core has it for a sixteenth of a slice before another fair one may have it;
 *   a sleeper's timer wakes it on time, and a kick always;
 *   no timer runs on a core which only one wants. */
#pragma once

#include <stdint.h>

void model_init(void);              /* once per process */
void model_begin(void);
/** Anything at all may be asked for; what cannot be done now does nothing. */
void model_step(uint8_t what, uint8_t whom, uint8_t how);
void model_end(void);

/** What happened since model_begin, so that a test sees that it tested something. */
struct model_seen {
    uint32_t vms, refused, kicks, timers, pauses, switches;
    uint64_t fair_pairs, realtime_first, exhausted_behind, changes;
};
extern struct model_seen model_seen;

/* SPDX-License-Identifier: Apache-2.0 */
/* Nanoseconds since boot, and the wall clock. 64 bits of counter never wrap in the life of a
 * machine, and no product here does below 18 GHz. */
#pragma once

#include "lib/compiler.h"

/* A deadline is in ns since boot, or NEVER; with this bit it is a moment of the wall clock, in ns since 1970, which
 * comes sooner or later when that clock is set. */
#define DEADLINE_WALL BIT64(63)
#define NEVER         UINT64_MAX

void time_init(void);
uint64_t time_ns(void);                     /* since boot */
uint64_t time_of_ticks(uint64_t ticks);     /* a length of time, in ns */
uint64_t time_to_ticks(uint64_t ns); /* deadline in ns since boot -> counter value, never early */
uint64_t time_wall_ns(void);                /* since 1970 */
void time_wall_set(uint64_t ns);            /* now is this long after 1970; not before the start was */
uint64_t time_wall_sets(void);              /* how often that was done */

/** So long from now. */
uint64_t deadline_after(uint64_t ns);
/** Not NEVER -> counter value. */
uint64_t deadline_to_ticks(uint64_t deadline_ns);

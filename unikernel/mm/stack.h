/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of threads that have ended, kept for the next ones: making one anew costs ten times as
 * much as the rest of a thread's life. Few and small ones only, and none when memory is short. */
#pragma once

#include "lib/compiler.h"

struct stack {
    uint64_t base, len, guard; /* [base, base + guard) is inaccessible */
};

/** One of that length and guard, with what its last user left in it. */
int stack_get(struct stack *s) must_check;

/** Nobody uses it any more. It is unmapped if it is not kept. -EINVAL as of space_unmap. */
int stack_give(const struct stack *s) must_check;

/** Unmap all. False: there were none. */
bool stacks_drop(void);

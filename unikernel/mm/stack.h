/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of threads that have ended, kept for the next ones: making one anew costs ten times as
 * much as the rest of a thread's life. Few and small ones only, and none when memory is short. */
#pragma once

#include "lib/compiler.h"

struct stack {
    uint64_t base, len, guard; /* [base, base + guard) is inaccessible */
};

/** The base of one that was kept, with what its last user left in it; 0: none is as wanted. */
uint64_t stack_take(uint64_t len, uint64_t guard);

/** A new one of s->len and s->guard, at s->base. -ENOMEM. */
int stack_make(struct stack *s) must_check;

/** Nobody uses it any more; false: it is not kept. */
bool stack_keep(const struct stack *s);

/** The same, and it is unmapped if it is not kept. -EINVAL as of space_unmap. */
int stack_give(const struct stack *s) must_check;

/** The application is about to change rights there: what that touches is not kept any more. */
void stacks_changed(uint64_t at, uint64_t len);

/** Unmap all. False: there were none. */
bool stacks_drop(void);

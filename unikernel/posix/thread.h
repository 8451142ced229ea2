/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that musl has in assembly with a trap instruction, in our form. The linker takes ours.
 */
#pragma once

#include "lib/compiler.h"

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, int *parent_tid, void *tls,
            int *child_tid);

/* What pthread_create and pthread_join call for stacks (musl.mk): len bytes, the lowest `guard` of
 * them inaccessible, the rest with whatever a thread before left there. MAP_FAILED without memory.
 */
void *__uk_stack_map(unsigned long len, unsigned long guard);
void __uk_stack_unmap(void *base, unsigned long len, unsigned long guard);
/** The calling thread ends and gives away the stack it stands on. */
noreturn_fn void __uk_stack_leave(void *base, unsigned long len, unsigned long guard);

/** The calling thread ends; who waits on this word goes on. */
noreturn_fn void __uk_thread_end(volatile int *joined);

void uk_thread_hold_next(void); /* include/uk.h */

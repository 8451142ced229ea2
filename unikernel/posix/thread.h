/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that musl has in assembly with a trap instruction, in our form. The linker takes ours.
 */
#pragma once

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, int *parent_tid, void *tls,
            int *child_tid);
void __unmapself(void *base, unsigned long len);

void uk_thread_hold_next(void);        /* include/uk.h */

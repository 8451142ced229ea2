/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/kernel/thread.h"

struct robust_head {                /* Linux's */
    uint64_t first;                 /* address of the first entry, as each has of the next; odd: pi */
    int64_t word_offset;            /* from an entry to its word */
    uint64_t pending;
};

/** The calling thread ends: robust locks it holds get the mark that tells the next one so. */
void robust_exit(struct thread *t);

/** Lock one that inherits priorities; timeout: address of a timespec of the wall clock or of the time
 * since boot, 0: none. */
long futex_lock_pi(uint32_t *word, bool try, uint64_t timeout, bool wall);

/** sys_futex for what libc does not use; images without the feature fs have none of it (ENOSYS). */
long futex_rare(long address, long operation, long value, long timeout, long address2, long value3);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel offers to our part of libc, beside the system calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "unikernel/posix/syscall_arch.h"

/** From here on (or no more) a kill cuts the caller's blocking calls short. @return has the caller been
 * killed? */
bool __uk_cancellable(bool on);

/** End the caller, which has been killed; returns only when it is inside of pthread_cond_wait, where
 * others depend on its going on, or called by stdio, which holds the lock of a FILE. */
void __uk_end(void);

/** What musl calls as a thread is on its way out: a kill has no effect any more. */
void __uk_exiting(void);
/** What musl calls before it makes a thread. */
void __uk_thread_begins(void);

#define UK_NAME_MAX 16                  /* of a thread, with its end */

/** The name of the thread with that id, UK_NAME_MAX bytes. @return 0, EFAULT, ENOENT: there is none */
int __uk_name_thread(int id, const char *from);
int __uk_thread_name(int id, char *to);

/** Code of the application that faults, for the shell's inject; of those that return no more is promised. */
void __uk_fault_read(void);
void __uk_fault_write(void);
void __uk_fault_jump(void);
void __uk_fault_illegal(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the unikernel offers applications beside POSIX. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/** The next thread the caller creates does not start: the shell's `run` starts it. */
void uk_thread_hold_next(void);

/** End one thread, by the id gettid() tells: as if cancelled, but it cannot refuse. That happens at once
 * in the application's own code, at a cancellation point, and in a wait for a mutex; any other call of
 * libc is finished first, and so is one in which stdio calls the application (fopencookie). Nothing of
 * libc stays locked, its cleanup handlers run. @return 0, ESRCH, EPERM (a thread of the kernel) */
int uk_thread_kill(int id);

#ifdef __cplusplus
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the unikernel offers applications beside POSIX. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/** The next thread the caller creates does not start: the shell's `run` starts it. */
void uk_thread_hold_next(void);

#ifdef __cplusplus
}
#endif

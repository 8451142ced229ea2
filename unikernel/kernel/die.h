/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** At depth 0 of an application thread that was killed (status 137) or has faulted (139): run its
 * cleanups, then end. */
void thread_die(void *status);

/* SPDX-License-Identifier: Apache-2.0 */
/* What other calls need of signals. Images without the feature posix have fs/no_mask.c instead. */
#pragma once

#include "lib/compiler.h"

/**
 * For ppoll, pselect6 and epoll_pwait: the calling thread blocks just these signals until
 * signal_mask_end, which is to be called when this was successful.
 * @set  address of an 8-byte set; 0: nothing changes, and size is not looked at
 * @return -EINVAL when size is not 8, -EFAULT; nothing has changed then
 */
int signal_mask_begin(uint64_t set, uint64_t size) must_check;

/** The call ends with `result`, which this hands back: with -EINTR, handlers run with the mask of the
 * call, then the mask is what it was; with any other result it is at once. */
long signal_mask_end(long result);

/* With which musl masks signals around its own work: all, all but its own, as before. set may be NULL
 * for the first two. */
void __block_all_sigs(uint64_t *set);
void __block_app_sigs(uint64_t *set);
void __restore_sigs(const uint64_t *set);

/** Send the calling thread a signal; what it does comes as the call is left. Without the feature posix
 * nothing does: there is no way to ignore it. */
void signal_raise(unsigned signal);

/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting on a word in memory. There is one address space, so the address is the key. */
#pragma once

#include "lib/compiler.h"

#define FUTEX_ANY UINT32_MAX        /* bits of a waiter or waker that does not tell kinds apart */

/**
 * Sleep while *word == expected.
 * @bits        only a waker that has one of them in common wakes us
 * @deadline_ns since boot, NEVER for none
 * @return 0 woken, -EAGAIN the word was different, -ETIMEDOUT, -EINTR
 */
int futex_wait(const uint32_t *word, uint32_t expected, uint32_t bits,
               uint64_t deadline_ns) must_check;

/** Wake up to count waiters, oldest first. @return how many. Any context. */
unsigned futex_wake(uint64_t key, unsigned count, uint32_t bits);

/** Wake up to `wake` waiters of `from` and let up to `move` others wait on `to` instead. @return
 * woken plus moved. */
unsigned futex_requeue(uint64_t from, unsigned wake, uint64_t to, unsigned move);

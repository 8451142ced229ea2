/* SPDX-License-Identifier: Apache-2.0 */
/* The application's memory as the kernel reaches it, by these alone: another thread may take it
 * away at any moment, also in the middle of a call. */
#pragma once

#include "lib/compiler.h"

/** Copy from or to the application, whose memory is made accessible. -EFAULT when it may not be: a
 * part may have been copied then. */
int user_read(void *to, uint64_t from, uint64_t len) must_check;
int user_write(uint64_t to, const void *from, uint64_t len) must_check;

/** A text with its end, of at most max bytes. -E2BIG: it is longer. */
int user_text(char *to, uint64_t from, uint64_t max) must_check;

/* The port's (user.S): words, aligned, in any context. What is not there now is not made accessible,
 * but -EFAULT. */

/** Sequentially consistent. */
int user_load(const uint32_t *at, uint32_t *value) must_check;

/** Release. */
int user_store(uint32_t *at, uint32_t value);

/** 1: *expected was there and `value` is now. 0: something else, which is in *expected. */
int user_exchange(uint32_t *at, uint32_t *expected, uint32_t value) must_check;

/** -EFAULT in the middle when something is not there. */
int user_copy(void *to, const void *from, uint64_t len) must_check;

/** All of these lie between: an access that is not possible returns -EFAULT from there (trap.c). */
extern char user_begin[], user_end[];

/* SPDX-License-Identifier: Apache-2.0 */
/* Small objects. The heap is a stretch of addresses cut into spans of 64 KiB; a span holds objects of
 * one size and for each a link: the next free one, or that the object is given out. So a pointer that
 * was never given out, or has been taken back before, is told from its address alone, and nothing is
 * read that the application could have overwritten by a use after free.
 *
 * A class has a list of the spans that have something free. Spans that are empty go to whichever
 * class asks next, but each class keeps its last one.
 *
 * While there is one thread only, no lock is taken: see quick.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unikernel/malloc/size.h"

#define SPAN_BYTES  65536UL

/** Supplied by whoever uses the heap: [at, at + len), which is zeros, is going to be used. False: there is
 * no memory for it. */
bool heap_commit(void *at, size_t len);

/** Supplied too: it is not used any more; its content may go. */
void heap_discard(void *at, size_t len);

/** Supplied too: is the caller the only thread, and does it see what all others did? */
bool heap_alone(void);

/** A second thread is about to be. Until it is, the caller does not use the heap. */
void heap_share(void);

/** The heap may use [base, base + len), aligned to SPAN_BYTES, after heap_commit. Once. */
void heap_init(void *base, size_t len);

/** NULL: no span is left. bytes <= SMALL_MAX. */
void *heap_alloc(size_t bytes);

/** Is p in the heap's addresses at all? */
bool heap_has(const void *p);

/** How many bytes p has room for; 0: it was not given out. */
size_t heap_room(const void *p);

enum heap_error { HEAP_OK, HEAP_NEVER_GIVEN, HEAP_FREED_BEFORE };

/** Take p, for which heap_has, back. */
enum heap_error heap_free(void *p);

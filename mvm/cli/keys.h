/* SPDX-License-Identifier: Apache-2.0 */
/* The two small state machines of `vm console`: the escape key in what is typed, and a text in what
 * is shown. */
#pragma once

#include "lib/compiler.h"

#define KEYS_ESCAPE 0x1d                /* Ctrl-] */

/** What was typed and not yet taken by the guest. */
struct keys {
    bool escaped, leave;                /* leave: Ctrl-] q was typed */
    size_t bytes;
    char pending[1024];
};

/** How many more bytes keys_add can keep. */
size_t keys_room(const struct keys *k);
/** escapes: look for the escape key (a terminal), or take all as it is. What there is no room for
 * is dropped. */
void keys_add(struct keys *k, const char *text, size_t bytes, bool escapes);
/** The guest took this many of the pending bytes. */
void keys_taken(struct keys *k, size_t bytes);

#define WATCH_TEXT_MAX 256

/** The end of what has been shown, for a text that arrives in pieces. */
struct watch {
    size_t bytes;
    char tail[WATCH_TEXT_MAX];
};

/** True once `wanted` (at most WATCH_TEXT_MAX bytes are compared) is in all that was shown so far.
 */
bool watch_sees(struct watch *w, const char *wanted, const char *text, size_t bytes);

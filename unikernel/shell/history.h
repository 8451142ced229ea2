/* SPDX-License-Identifier: Apache-2.0 */
/* The lines typed last, each with its zero, the oldest first. */
#pragma once

#include "lib/compiler.h"

#define HISTORY_LINES 32U
#define HISTORY_BYTES 4096U         /* of them all: long lines push more than one out */

struct history {
    uint32_t lines, bytes;
    char text[HISTORY_BYTES];
};

/** But for an empty line and one that is as the last. It is no longer than half of HISTORY_BYTES. */
void history_add(struct history *h, const char *line);

/** The line added last for 1, and so on up to h->lines. */
const char *history_get(const struct history *h, uint32_t back);

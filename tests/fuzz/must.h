/* SPDX-License-Identifier: Apache-2.0 */
/* A rule that every input has to keep; the fuzzer stops at the first broken one and says which. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must_at(bool holds, const char *file, int line, const char *rule)
{
    if (holds) return;
    fprintf(stderr, "%s:%d: broken rule: %s\n", file, line, rule);
    abort();
}
#define must(holds) must_at((holds), __FILE__, __LINE__, #holds)

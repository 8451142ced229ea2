/* SPDX-License-Identifier: Apache-2.0 */
/* What the word in front of the cursor may become: the name of a command or of a file. */
#pragma once

#include "unikernel/shell/editor.h"

#define CANDIDATE_MAX 256U

struct candidates {
    const char *begin;              /* with what they have to begin */
    bool print;                     /* each of them */
    unsigned count;
    bool is_directory;              /* the last one */
    size_t len;                     /* of what all of them begin with */
    char common[CANDIDATE_MAX];
};

/** One that may begin so or otherwise. */
void candidates_take(struct candidates *c, const char *name, size_t len, bool is_directory);

/** Of a path, which is changed. NULL in an image without files. */
__attribute__((weak)) void path_offer(struct candidates *c, char *path);

/** After Tab: what all candidates have in common is typed; nothing: they are listed at the second Tab. */
void complete(struct editor *e);

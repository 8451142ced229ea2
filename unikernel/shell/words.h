/* SPDX-License-Identifier: Apache-2.0 */
/* A line as words. Blanks separate them; '...' keeps everything, "..." all but \ before " and \, and \
 * takes the next character as it is. > FILE and >> FILE say where output goes. */
#pragma once

#include "lib/compiler.h"

#define WORDS_MAX 32U

struct words {
    unsigned count;
    char *at[WORDS_MAX + 1];        /* then NULL */
    char *to;                       /* behind > or >>; NULL: there is none */
    bool append;
};

/** Cut a line in place. @return NULL, or what is wrong with it. */
const char *words_cut(char *line, struct words *out) must_check;

/** The last word of an unfinished line, which is changed: quotes are removed. *quote: the one that is
 * open, or 0. *first: it is the command. */
void words_last(char *line, char **word, char *quote, bool *first);

/** A thread id in decimal. -EINVAL for anything else. */
int words_id(const char *text, uint32_t *id) must_check;

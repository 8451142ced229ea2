/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/words.h"
#include "lib/err.h"
#include "lib/str.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Does a backslash take what follows? */
static bool escapes(const char *at, char quote)
{
    if (*at != '\\' || at[1] == '\0' || quote == '\'') return false;
    return quote == 0 || at[1] == '"' || at[1] == '\\';
}

/* One word, its quotes removed in place. Its zero may take the place of *stop, the character behind it.
 * @return where that stood; *quote: the one that is still open, or 0. */
static char *unquote(char *in, char *stop, char *quote)
{
    char *out = in;

    for (*quote = 0; *in != '\0'; in++) {
        if (*quote == 0 && (is_blank(*in) || *in == '>')) break;
        if (*quote == 0 && (*in == '"' || *in == '\'')) {
            *quote = *in;
        } else if (*in == *quote) {
            *quote = 0;
        } else {
            if (escapes(in, *quote)) in++;
            *out++ = *in;
        }
    }
    *stop = *in;
    *out = '\0';
    return in;
}

const char *words_cut(char *line, struct words *w)
{
    char *in = line, c = *in, quote;

    *w = (struct words){ .count = 0 };
    for (;;) {
        char **word = &w->at[w->count];

        while (is_blank(c)) c = *++in;
        if (c == '\0') return NULL;
        if (c == '>') {
            if (w->to != NULL) return "output can go to one file only";
            word = &w->to;
            c = *++in;
            w->append = c == '>';
            if (w->append) c = *++in;
            while (is_blank(c)) c = *++in;
            if (c == '\0' || c == '>') return "a file name is missing behind >";
        } else if (w->count++ == WORDS_MAX) {
            return "too many words";
        }
        *word = in;
        in = unquote(in, &c, &quote);
        if (quote != 0) return "a quote is not closed";
    }
}

void words_last(char *line, char **word, char *quote, bool *first)
{
    char *in = line, c = *in;

    *first = true;
    for (unsigned n = 0;; n++) {
        bool redirects = false;

        while (is_blank(c) || c == '>') {
            redirects |= c == '>';
            c = *++in;
        }
        if (n > 0 || redirects) *first = false;
        *word = in;
        in = unquote(in, &c, quote);
        if (c == '\0') return;
    }
}

int words_id(const char *text, uint32_t *id)
{
    uint64_t v = 0;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') return -EINVAL;
        v = v * 10 + (uint64_t)(*c - '0');
        if (v > UINT32_MAX) return -EINVAL;
    }
    if (*text == '\0') return -EINVAL;
    *id = (uint32_t)v;
    return 0;
}

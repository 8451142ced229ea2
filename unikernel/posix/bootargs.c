/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/bootargs.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/* One word, its quotes removed in place. @return what follows. */
static char *word_end(char *in)
{
    char *out = in, quote = 0;

    for (; *in != '\0' && (quote != 0 || !is_blank(*in)); in++) {
        if (quote == 0 && (*in == '"' || *in == '\'')) {
            quote = *in;
        } else if (quote != 0 && *in == quote) {
            quote = 0;
        } else {
            if (*in == '\\' && quote != '\'' && in[1] != '\0') in++;
            *out++ = *in;
        }
    }
    if (*in != '\0') in++;
    *out = '\0';
    return in;
}

unsigned bootargs_split(char *text, char **argv, unsigned max)
{
    unsigned n = 0;

    for (;;) {
        while (is_blank(*text)) text++;
        if (*text == '\0' || n == max) return n;
        argv[n++] = text;
        text = word_end(text);
    }
}

static bool is_assignment(const char *word)
{
    const char *c = word;

    while ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
           (*c >= '0' && *c <= '9' && c > word)) c++;
    return *c == '=' && c > word;
}

unsigned bootargs_environment(char *const *argv, unsigned words)
{
    unsigned n = 0;

    while (n < words && is_assignment(argv[n])) n++;
    return n;
}

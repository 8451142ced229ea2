/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/shell.h"
#include "lib/err.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Next word, terminated; *at moves behind it. NULL at the end. */
static const char *word(char **at)
{
    char *start = *at, *end;

    while (is_blank(*start)) start++;
    for (end = start; *end != '\0' && !is_blank(*end); end++) { }
    *at = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return *start != '\0' ? start : NULL;
}

struct shell_line shell_parse(char *line)
{
    struct shell_line l;

    l.command = word(&line);
    l.argument = word(&line);
    return l;
}

int shell_parse_id(const char *text, uint32_t *id)
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

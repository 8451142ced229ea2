/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/history.h"
#include "lib/str.h"

static void drop_oldest(struct history *h)
{
    size_t n = strlen(h->text) + 1;

    h->lines--;
    h->bytes -= (uint32_t)n;
    memmove(h->text, h->text + n, h->bytes);
}

void history_add(struct history *h, const char *line)
{
    size_t n = strlen(line) + 1;

    if (n == 1 || (h->lines > 0 && strcmp(history_get(h, 1), line) == 0)) return;
    while (h->lines == HISTORY_LINES || h->bytes + n > HISTORY_BYTES) drop_oldest(h);
    memcpy(h->text + h->bytes, line, n);
    h->bytes += (uint32_t)n;
    h->lines++;
}

const char *history_get(const struct history *h, uint32_t back)
{
    const char *line = h->text;

    for (; back < h->lines; back++) line += strlen(line) + 1;
    return line;
}

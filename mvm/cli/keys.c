/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "mvm/cli/keys.h"

/* One byte is kept free for an escape key that turns out to be an ordinary one. */
size_t keys_room(const struct keys *k)
{
    size_t most = sizeof(k->pending) - 1;

    return k->bytes < most ? most - k->bytes : 0;
}

void keys_add(struct keys *k, const char *text, size_t bytes, bool escapes)
{
    for (size_t i = 0; i < bytes; i++) {
        bool was_escaped = k->escaped;

        k->escaped = escapes && !was_escaped && text[i] == KEYS_ESCAPE;
        if (k->escaped) {
            continue;
        }
        if (was_escaped && text[i] == 'q') {
            k->leave = true;
            return;
        }
        if (keys_room(k) == 0) {
            continue;
        }
        if (was_escaped && text[i] != KEYS_ESCAPE) {
            k->pending[k->bytes++] = KEYS_ESCAPE;
        }
        k->pending[k->bytes++] = text[i];
    }
}

void keys_taken(struct keys *k, size_t bytes)
{
    k->bytes -= bytes;
    memmove(k->pending, k->pending + bytes, k->bytes);
}

bool watch_sees(struct watch *w, const char *wanted, const char *text, size_t bytes)
{
    size_t length = strnlen(wanted, WATCH_TEXT_MAX);

    for (size_t i = 0; i < bytes; i++) {
        if (w->bytes == WATCH_TEXT_MAX) {
            memmove(w->tail, w->tail + 1, --w->bytes);
        }
        w->tail[w->bytes++] = text[i];
        if (w->bytes >= length && memcmp(w->tail + w->bytes - length, wanted, length) == 0) {
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/state.h"
#include "lib/err.h"
#include "lib/str.h"

int state_put(struct state_writer *w, uint16_t type, uint16_t version, const void *payload,
              uint32_t length)
{
    struct state_header h = { .type = type, .version = version, .length = length };
    size_t padded = align_up(length, 8);

    if (w->size - w->used < sizeof(h) + padded) return -ENOSPC;
    memcpy(w->at + w->used, &h, sizeof(h));
    memcpy(w->at + w->used + sizeof(h), payload, length);
    memset(w->at + w->used + sizeof(h) + length, 0, padded - length);
    w->used += sizeof(h) + padded;
    return 0;
}

int state_get(struct state_reader *r, uint16_t type, uint16_t version, void *payload,
              uint32_t length)
{
    struct state_header h;
    size_t left = r->size - r->used, padded = align_up(length, 8);

    if (left < sizeof(h)) return -EPROTO;
    memcpy(&h, r->at + r->used, sizeof(h));
    if (h.type != type || h.version != version || h.length != length) return -EPROTO;
    if (left - sizeof(h) < padded) return -EPROTO;
    memcpy(payload, r->at + r->used + sizeof(h), length);
    r->used += sizeof(h) + padded;
    return 0;
}

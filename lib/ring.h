/* SPDX-License-Identifier: Apache-2.0 */
/* A byte log of fixed size that never blocks its writer: the newest `size` bytes are kept and every
 * byte has a number, counted from 0, so that several readers can follow at their own pace and learn
 * what they missed. `size` is a power of two. */
#pragma once

#include "lib/compiler.h"

struct text_ring {
    uint8_t *buf;
    uint32_t size;
    uint64_t next;              /* number of the next byte to be written */
};

static inline void text_ring_put(struct text_ring *r, uint8_t c)
{
    r->buf[r->next++ & (r->size - 1)] = c;
}

/** Number of the oldest byte still held. */
static inline uint64_t text_ring_oldest(const struct text_ring *r)
{
    return r->next > r->size ? r->next - r->size : 0;
}

/**
 * Copy bytes from number *cursor on; *cursor moves behind the last byte copied.
 * A cursor before the oldest byte (or beyond the newest) starts at the oldest.
 *
 * @lost   bytes between the caller's cursor and the first one copied
 * @return bytes copied, at most len
 */
static inline uint32_t text_ring_read(const struct text_ring *r, uint64_t *cursor, uint8_t *out,
                                      uint32_t len, uint64_t *lost)
{
    const uint8_t *buf = r->buf;
    uint64_t at = *cursor, oldest = text_ring_oldest(r);
    uint32_t n, mask = r->size - 1;

    if (at > r->next) at = oldest;
    *lost = at < oldest ? oldest - at : 0;
    if (at < oldest) at = oldest;
    n = (uint32_t)MIN(len, r->next - at);
    for (uint32_t i = 0; i < n; i++) out[i] = buf[(at + i) & mask];
    *cursor = at + n;
    return n;
}

/** A small queue of bytes with one reader; full means refused. `size` is a power of two. */
struct byte_fifo {
    uint8_t *buf;
    uint32_t size, head, tail;  /* head: next to read, tail: next to write; free-running */
};

static inline uint32_t fifo_used(const struct byte_fifo *f) { return f->tail - f->head; }
static inline uint32_t fifo_space(const struct byte_fifo *f) { return f->size - fifo_used(f); }

static inline bool fifo_put(struct byte_fifo *f, uint8_t c)
{
    if (fifo_space(f) == 0) return false;
    f->buf[f->tail++ & (f->size - 1)] = c;
    return true;
}

static inline bool fifo_get(struct byte_fifo *f, uint8_t *c)
{
    if (fifo_used(f) == 0) return false;
    *c = f->buf[f->head++ & (f->size - 1)];
    return true;
}

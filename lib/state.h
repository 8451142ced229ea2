/* SPDX-License-Identifier: Apache-2.0 */
/* Saved state as a sequence of records {u16 type, u16 version, u32 length, payload padded to 8}. A
 * reader refuses a record it does not know before anything is touched. Payloads are fixed-layout
 * structures of abi/state.h. */
#pragma once

#include "lib/compiler.h"

struct state_header {
    uint16_t type, version;
    uint32_t length;            /* of the payload, without padding */
};

struct state_writer {
    uint8_t *at;
    size_t size, used;
};

struct state_reader {
    const uint8_t *at;
    size_t size, used;
};

/** Append a record. -ENOSPC: it does not fit (nothing is written). */
int state_put(struct state_writer *w, uint16_t type, uint16_t version, const void *payload,
              uint32_t length) must_check;

/**
 * Take the next record, which must have this type, version and length.
 * -EPROTO: it has not, or the stream is cut (the reader does not move).
 */
int state_get(struct state_reader *r, uint16_t type, uint16_t version, void *payload,
              uint32_t length) must_check;

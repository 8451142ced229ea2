/* SPDX-License-Identifier: Apache-2.0 */
/* A request of the protocol (libshyper/wire.h), decoded. */
#pragma once

#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/wire.h"

#define ASK_WHY_BYTES 160

struct ask {
    const struct wire_op *op;
    uint32_t number;                    /* WIRE_ID, WIRE_LEVEL */
    uint64_t cursor;                    /* WIRE_READ */
    uint32_t bytes;
    size_t typed_bytes;                 /* WIRE_WRITE */
    char typed[WIRE_TYPED_MAX];
    struct shyper_config config;        /* WIRE_CONFIG; its files are those that came along */
};

/**
 * Decode a line, without its newline. `files` came along; they are only counted and noted. False:
 * `why` says what is wrong, and nothing may be used of *out.
 */
bool ask_decode(const char *line, size_t bytes, const int *files, unsigned file_count,
                struct ask *out, char why[ASK_WHY_BYTES]) must_check;

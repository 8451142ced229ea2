/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of a profile blob in bounded pieces: a blob of 64 KiB can hold a lot of nothing. */
#pragma once

#include "hypervisor/core/vm.h"
#include "lib/fdt_cursor.h"

struct profile_decoder {
    struct vm_config *out;
    const char **why;
    struct fdt_cursor cursor;
    uint32_t depth;
    bool after_child;
    uint32_t place;                 /* the open node */
    uint32_t places;                /* nodes seen, bit per place */
    uint32_t keys; /* properties seen, bit per key; those of a device: of the open one */
};

/** The blob, a private copy, stays where it is until the last piece, and what *out points to for
 * longer. -EINVAL, *why as profile_decode. */
int profile_decode_begin(struct profile_decoder *d, const void *blob, uint32_t bytes,
                         struct vm_config *out, const char **why) must_check;

/** -EAGAIN: call again; otherwise what profile_decode() would have returned. */
int profile_decode_some(struct profile_decoder *d, const char **why) must_check;

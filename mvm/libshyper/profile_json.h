/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values out of parsed JSON, with errors that name the place. Internal to the profile
 * library.
 *
 * A reader knows where it is (path) and where errors go. The read_* functions fetch one member of
 * an object: true when it is there and good; false when it is absent (an error only if `needed`) or
 * wrong (always an error). *out is untouched then. */
#pragma once

#include <jansson.h>

#include "mvm/libshyper/number.h"
#include "mvm/libshyper/profile.h"

struct reader {
    struct profile *p;
    struct profile_errors *e;
    char path[128];
    size_t path_len;
};

enum { OPTIONAL = 0, NEEDED = 1 };

/** Step into a member or a list element; the result goes to reader_leave. */
size_t reader_enter(struct reader *r, const char *key);
size_t reader_enter_at(struct reader *r, size_t index);
void reader_leave(struct reader *r, size_t mark);

/** An error about a member, or about the place itself when key is NULL. Always false. */
bool reader_refuse(struct reader *r, const char *key, const char *reason, ...) printf_like(3, 4);

/** Is v an object that has no other keys than these (ended by NULL)? Unknown ones are refused with
 * the nearest known. */
bool read_object(struct reader *r, json_t *v, const char *const *keys);

/** A member, or NULL; JSON null counts as absent. */
json_t *read_member(struct reader *r, json_t *object, const char *key, bool needed);

bool read_string(struct reader *r, json_t *object, const char *key, bool needed, const char **out);
bool read_list(struct reader *r, json_t *object, const char *key, bool needed, json_t **out);
bool read_int(struct reader *r, json_t *object, const char *key, bool needed, int64_t min,
              int64_t max, int64_t *out);

/** An address or length: "0x…", "0" or a non-negative integer. */
bool read_address(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out);

/** "0b…" (or "0x…"), at most 64 bits. */
bool read_bitmap(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out);

/** Bytes as an integer, or a string with K, M or G: "64M". */
bool read_size(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out);

/** A list of at most `max` numbers below 2^32: integers, or strings in decimal, "0x…", "0b…".
 * *count is set only on success. */
bool read_numbers(struct reader *r, json_t *object, const char *key, uint32_t max, uint32_t *out,
                  uint32_t *count);

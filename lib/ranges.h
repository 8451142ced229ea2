/* SPDX-License-Identifier: Apache-2.0 */
/* A small sorted set of half-open address ranges [base, end), for describing RAM at boot: what the
 * board has, minus what is taken. Neighbours are merged. Addresses are plain numbers here; callers
 * know of what kind. */
#pragma once

#include "lib/compiler.h"

#define RANGES_MAX 32

struct range {
    uint64_t base, end;
};

struct ranges {
    uint32_t count;
    struct range at[RANGES_MAX];
};

/** Add [base, end). -EINVAL when end < base, -ENOSPC when the set is full (it is then unchanged).
 */
int ranges_add(struct ranges *r, uint64_t base, uint64_t end) must_check;

/** Take [base, end) away, whatever of it is there. -ENOSPC when a split does not fit (the set is
 * then unchanged). */
int ranges_remove(struct ranges *r, uint64_t base, uint64_t end) must_check;

/** The same where the set must do without: to make room for a split, the smallest ranges go too. */
void ranges_cut(struct ranges *r, uint64_t base, uint64_t end);

/** True when [base, end) lies completely inside one range. */
bool ranges_contain(const struct ranges *r, uint64_t base, uint64_t end);

/** Highest (or lowest) address of an aligned free piece of len bytes. -ENOMEM when there is none.
 * The set is unchanged. */
int ranges_find_highest(const struct ranges *r, uint64_t len, uint64_t align,
                        uint64_t *base) must_check;
int ranges_find_lowest(const struct ranges *r, uint64_t len, uint64_t align,
                       uint64_t *base) must_check;

uint64_t ranges_total(const struct ranges *r);

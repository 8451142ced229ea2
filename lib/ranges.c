/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ranges.h"
#include "lib/err.h"

int ranges_add(struct ranges *r, uint64_t base, uint64_t end)
{
    uint32_t first = 0, last;

    if (end < base) return -EINVAL;
    if (end == base) return 0;
    while (first < r->count && r->at[first].end < base) first++;
    for (last = first; last < r->count && r->at[last].base <= end; last++) {
        base = MIN(base, r->at[last].base);
        end = MAX(end, r->at[last].end);
    }
    if (first == last) {
        if (r->count == RANGES_MAX) return -ENOSPC;
        for (uint32_t i = r->count; i > first; i--) r->at[i] = r->at[i - 1];
        r->count++;
    } else {
        uint32_t gone = last - first - 1;

        for (uint32_t i = last; i < r->count; i++) r->at[i - gone] = r->at[i];
        r->count -= gone;
    }
    r->at[first] = (struct range){ base, end };
    return 0;
}

int ranges_remove(struct ranges *r, uint64_t base, uint64_t end)
{
    struct ranges out = { 0 };

    if (end < base) return -EINVAL;
    for (uint32_t i = 0; i < r->count; i++) {
        struct range g = r->at[i];
        struct range below = { g.base, MIN(g.end, base) }, above = { MAX(g.base, end), g.end };

        if (base == end) {
            below = g;
            above = (struct range){ 0, 0 };
        }
        if (below.base < below.end) {
            if (out.count == RANGES_MAX) return -ENOSPC;
            out.at[out.count++] = below;
        }
        if (above.base < above.end) {
            if (out.count == RANGES_MAX) return -ENOSPC;
            out.at[out.count++] = above;
        }
    }
    *r = out;
    return 0;
}

void ranges_cut(struct ranges *r, uint64_t base, uint64_t end)
{
    while (ranges_remove(r, base, end) == -ENOSPC) {
        struct range least = r->at[0];

        for (uint32_t i = 1; i < r->count; i++) {
            if (r->at[i].end - r->at[i].base < least.end - least.base) least = r->at[i];
        }
        (void)!ranges_remove(r, least.base, least.end);
    }
}

bool ranges_contain(const struct ranges *r, uint64_t base, uint64_t end)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (base >= r->at[i].base && end <= r->at[i].end && base <= end) return true;
    }
    return false;
}

int ranges_find_highest(const struct ranges *r, uint64_t len, uint64_t align, uint64_t *base)
{
    for (uint32_t i = r->count; i-- > 0;) {
        uint64_t at;

        if (r->at[i].end - r->at[i].base < len) continue;
        at = align_down(r->at[i].end - len, align);
        if (at >= r->at[i].base) {
            *base = at;
            return 0;
        }
    }
    return -ENOMEM;
}

int ranges_find_lowest(const struct ranges *r, uint64_t len, uint64_t align, uint64_t *base)
{
    for (uint32_t i = 0; i < r->count; i++) {
        uint64_t at = align_up(r->at[i].base, align);

        if (at >= r->at[i].base && at <= r->at[i].end && r->at[i].end - at >= len) {
            *base = at;
            return 0;
        }
    }
    return -ENOMEM;
}

uint64_t ranges_total(const struct ranges *r)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < r->count; i++) sum += r->at[i].end - r->at[i].base;
    return sum;
}

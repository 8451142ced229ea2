/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/symbols.h"

extern const uint8_t hv_image_start[], hv_text_end[];

struct name {
    char *at, *end;                 /* room for the terminating zero behind */
};

/* A pair only stands for bytes and pairs numbered below it: this ends. */
static void expand(struct name *n, uint8_t byte)
{
    if (byte >= SYMBOL_FIRST_PAIR) {
        const uint8_t *pair = hv_symbols.pair[byte - SYMBOL_FIRST_PAIR];

        expand(n, pair[0]);
        expand(n, pair[1]);
    } else if (n->at < n->end) {
        *n->at++ = (char)byte;
    }
}

static const uint8_t *read_distance(const uint8_t *p, uint64_t *bytes)
{
    uint64_t words = 0;

    for (unsigned shift = 0;; shift += 7) {
        words |= (uint64_t)(*p & 0x7f) << shift;
        if ((*p++ & 0x80) == 0) break;
    }
    *bytes = words * 4;
    return p;
}

bool symbol_at(uint64_t address, char name[SYMBOL_NAME_MAX], uint64_t *distance)
{
    uint64_t start = (uint64_t)hv_image_start, step;
    const uint8_t *p = hv_symbols.entries, *found = NULL;
    struct name n = { name, name + SYMBOL_NAME_MAX - 1 };

    if (address >= (uint64_t)hv_text_end) return false;
    for (uint32_t i = 0; i < hv_symbols.count; i++) {
        p = read_distance(p, &step);
        if (start + step > address) break;
        start += step;
        found = p;
        while (*p++ != 0) continue;
    }
    if (found == NULL) return false;
    for (; *found != 0; found++) expand(&n, *found);
    *n.at = '\0';
    *distance = address - start;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A forward walk over a flattened device tree (version 17), one token at a time, for readers that
 * want everything in one pass. libfdt's look-ups by path or compatible string each start over and
 * check every step again: reading a board with them costs several times the instructions.
 *
 * The tree is foreign data. fdt_cursor_open() checks the header once; after it every token handed
 * out lies wholly inside the structure block, every name is terminated inside its block, and the
 * walk ends. Trees may lie at any multiple of four, as members of the bundle do. */
#pragma once

#include "lib/compiler.h"

enum fdt_tag {
    FDT_TAG_NODE = 1, FDT_TAG_NODE_END = 2, FDT_TAG_PROP = 3, FDT_TAG_NOP = 4, FDT_TAG_END = 9
};

struct fdt_cursor {
    const uint8_t *at, *end;        /* rest of the structure block */
    const char *strings;
    uint32_t strings_len;           /* last byte is 0 */
    uint32_t used;                  /* bytes of the tree that carry something */
    const uint8_t *reserved;        /* first memory reservation (pairs of u64) */
    uint32_t reserved_max;          /* pairs that fit, terminator included */
};

struct fdt_token {
    const char *name;               /* node or property */
    const uint8_t *data;            /* property: len bytes, 4-byte aligned */
    uint32_t len;
};

/** Check the header of a tree that is readable for `room` bytes.
 * -EINVAL: *why says what is wrong. */
int fdt_cursor_open(struct fdt_cursor *c, const void *fdt, uint64_t room,
                    const char **why) must_check;

/** Next token. Negative when the block is malformed or ends early (-EINVAL); FDT_TAG_NOP is never
 * returned. */
int fdt_cursor_next(struct fdt_cursor *c, struct fdt_token *t) must_check;

/** Memory reservation i: false at the end of the list. */
bool fdt_cursor_reservation(const struct fdt_cursor *c, uint32_t i, uint64_t *base, uint64_t *len);

/** Big-endian cells at 4-byte alignment. */
static inline uint32_t fdt_cell(const uint8_t *p)
{
    return __builtin_bswap32(*(const uint32_t *)(const void *)p);
}

/** A property that is text, terminated as it must be: else NULL. May hold further strings behind
 * the first. */
static inline const char *fdt_token_text(const struct fdt_token *t)
{
    return t->len != 0 && t->data[t->len - 1] == '\0' ? (const char *)t->data : NULL;
}

static inline uint64_t fdt_cells2(const uint8_t *p)
{
    return (uint64_t)fdt_cell(p) << 32 | fdt_cell(p + 4);
}

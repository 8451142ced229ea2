/* SPDX-License-Identifier: Apache-2.0 */
/* See fdt_cursor.h. Layout facts: Devicetree Specification 0.4, chapter 5. */
#include "lib/fdt_cursor.h"
#include "lib/err.h"

#define FDT_MAGIC_VALUE 0xd00dfeedu
#define FDT_HEADER_LEN  40u
#define FDT_VERSION     17u

enum header_word {
    H_MAGIC, H_TOTAL, H_STRUCT, H_STRINGS, H_RESERVED, H_VERSION, H_LAST_COMPATIBLE, H_BOOT_CPU,
    H_STRINGS_LEN,
    H_STRUCT_LEN,
};

#define NAME_MAX_BYTES 1024      /* of a node; the specification allows 31 and an address */

int fdt_cursor_open(struct fdt_cursor *c, const void *fdt, uint64_t room, const char **why)
{
    const uint8_t *base = fdt;
    uint32_t total, at, len, strings, strings_len, reserved;

#define REFUSE(text) do { *why = (text); return -EINVAL; } while (0)
    if (fdt == NULL || ((uintptr_t)fdt & 3) != 0)
        REFUSE("device tree: address is not a multiple of 4");
    if (room < FDT_HEADER_LEN) REFUSE("device tree: cut off inside the header");
    if (fdt_cell(base + 4 * H_MAGIC) != FDT_MAGIC_VALUE) REFUSE("device tree: no magic number");
    if (fdt_cell(base + 4 * H_VERSION) < FDT_VERSION ||
        fdt_cell(base + 4 * H_LAST_COMPATIBLE) > FDT_VERSION)
        REFUSE("device tree: format version is not 17");
    total = fdt_cell(base + 4 * H_TOTAL);
    at = fdt_cell(base + 4 * H_STRUCT);
    len = fdt_cell(base + 4 * H_STRUCT_LEN);
    strings = fdt_cell(base + 4 * H_STRINGS);
    strings_len = fdt_cell(base + 4 * H_STRINGS_LEN);
    reserved = fdt_cell(base + 4 * H_RESERVED);
    if (total < FDT_HEADER_LEN || total > room)
        REFUSE("device tree: longer than the memory it lies in");
    if ((at & 3) != 0 || at < FDT_HEADER_LEN || at > total || len > total - at)
        REFUSE("device tree: structure block outside the tree");
    if (strings > total || strings_len > total - strings)
        REFUSE("device tree: strings block outside the tree");
    if (strings_len != 0 && base[strings + strings_len - 1] != 0)
        REFUSE("device tree: strings block is not terminated");
    if ((reserved & 3) != 0 || reserved < FDT_HEADER_LEN || reserved > total)
        REFUSE("device tree: memory reservation block outside the tree");
#undef REFUSE
    c->at = base + at;
    c->end = base + at + (len & ~3u);
    c->strings = (const char *)base + strings;
    c->strings_len = strings_len;
    c->used = MAX(at + len, strings + strings_len);
    c->reserved = base + reserved;
    c->reserved_max = (total - reserved) / 16;
    return 0;
}

bool fdt_cursor_reservation(const struct fdt_cursor *c, uint32_t i, uint64_t *base, uint64_t *len)
{
    if (i >= c->reserved_max) return false;
    *base = fdt_cells2(c->reserved + 16 * (size_t)i);
    *len = fdt_cells2(c->reserved + 16 * (size_t)i + 8);
    return *base != 0 || *len != 0;
}

/* The cursor stands behind the tag of a property. */
static inline int take_prop(struct fdt_cursor *c, struct fdt_token *t, const uint8_t *at)
{
    const uint8_t *end = c->end;
    uint32_t offset;

    if (end - at < 8) return -EINVAL;
    t->len = fdt_cell(at);
    offset = fdt_cell(at + 4);
    at += 8;
    t->data = at;
    /* end - at is a multiple of 4, so a length that fits still fits when rounded up. */
    if (t->len > (size_t)(end - at) || offset >= c->strings_len) return -EINVAL;
    t->name = c->strings + offset;
    c->at = at + (((size_t)t->len + 3) & ~(size_t)3);
    return FDT_TAG_PROP;
}

int fdt_cursor_next(struct fdt_cursor *c, struct fdt_token *t)
{
    const uint8_t *at = c->at, *end = c->end;
    uint32_t tag;

    do {
        if (end - at < 4) return -EINVAL;
        tag = fdt_cell(at);
        at += 4;
    } while (tag == FDT_TAG_NOP);

    if (likely(tag == FDT_TAG_PROP)) return take_prop(c, t, at);
    switch (tag) {
    case FDT_TAG_NODE:
        t->name = (const char *)at;
        for (;;) {      /* names are padded with zeros to whole words: find the last word */
            uint32_t word;

            if (end - at < 4 || (const char *)at - t->name > NAME_MAX_BYTES) return -EINVAL;
            word = *(const uint32_t *)(const void *)at;
            at += 4;
            if (((word - 0x01010101u) & ~word & 0x80808080u) != 0) break;
        }
        break;
    case FDT_TAG_NODE_END:
    case FDT_TAG_END:
        break;
    default:
        return -EINVAL;
    }
    c->at = at;
    return (int)tag;
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/fdt_out.c libfdt
/* Bytes as a tree to be written, into room of any size. A tree that is handed over is in order, and reading it gives what was
 * written; otherwise the room was too small, and memory is given back (the sanitizer sees). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mvm/libshyper/fdt_out.h"
#include "tests/fuzz/must.h"

#define DEPTH_MAX 8u
#define STEPS     128u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
    uint8_t what, name, len, value;
};

static struct wrote {
    bool is_node, is_end;
    char name[16];
    uint8_t value[256];
    uint32_t len;
} wrote[STEPS + DEPTH_MAX];
static uint32_t count;

static void big_endian(uint8_t *out, uint64_t number, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) out[i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
}

static void write_one(struct fdt_out *t, const struct step *s, uint32_t *depth)
{
    struct wrote *w = &wrote[count++];
    uint32_t cells[8], n = s->len % 8;
    uint64_t wide[8];

    *w = (struct wrote){ 0 };
    snprintf(w->name, sizeof(w->name), "n%02x%u", s->name, count);     /* one of a kind */
    for (uint32_t i = 0; i < s->len; i++) w->value[i] = (uint8_t)(s->value + i);
    for (uint32_t i = 0; i < 8; i++) {
        cells[i] = s->value * 0x01020304u + i;
        wide[i] = s->value * UINT64_C(0x0102030405060708) + i;
    }
    w->len = s->len;
    switch (s->what % 8) {
    case 0:
        if (*depth == DEPTH_MAX) {
            count--;
            return;
        }
        w->is_node = true;
        fdt_out_node(t, "n%02x%u", s->name, count);
        ++*depth;
        return;
    case 1:
        if (*depth == 0) {
            count--;
            return;
        }
        w->is_end = true;
        fdt_out_node_end(t);
        --*depth;
        return;
    case 2:
        fdt_out_u32(t, w->name, cells[0]);
        big_endian(w->value, cells[0], w->len = 4);
        return;
    case 3:
        fdt_out_u64(t, w->name, wide[0]);
        big_endian(w->value, wide[0], w->len = 8);
        return;
    case 4:
        fdt_out_cells(t, w->name, cells, n);
        for (uint32_t i = 0; i < n; i++) big_endian(w->value + 4 * i, cells[i], 4);
        w->len = 4 * n;
        return;
    case 5:
        fdt_out_wide(t, w->name, wide, n);
        for (uint32_t i = 0; i < n; i++) big_endian(w->value + 8 * i, wide[i], 8);
        w->len = 8 * n;
        return;
    case 6:
        fdt_out_string(t, w->name, "text");
        memcpy(w->value, "text", w->len = 5);
        return;
    default:
        fdt_out_bytes(t, w->name, w->value, w->len);
    }
}

static void compare(const void *fdt)
{
    int at[DEPTH_MAX + 1] = { 0 }, depth = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct wrote *w = &wrote[i];
        const void *value;
        int len = -1;

        if (w->is_end) {
            depth--;
        } else if (w->is_node) {
            at[depth + 1] = fdt_subnode_offset(fdt, at[depth], w->name);
            must(at[depth + 1] > 0);
            depth++;
        } else {
            value = fdt_getprop(fdt, at[depth], w->name, &len);
            must(value != NULL && len == (int)w->len && memcmp(value, w->value, w->len) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fdt_out t;
    struct step step;
    uint32_t depth = 0, room, children_at = UINT32_MAX;
    void *tree = NULL;
    size_t bytes = 0;
    int err;

    if (size < 2) return 0;
    room = 64u + data[0] * 64u;
    data++;
    size--;
    count = 0;
    fdt_out_begin(&t, room);
    for (uint32_t n = 0; n < STEPS && size >= sizeof(step); n++) {
        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        size -= sizeof(step);
        if (children_at == depth && step.what % 8 > 1) continue;       /* no property behind a child */
        write_one(&t, &step, &depth);
        if (count > 0 && wrote[count - 1].is_end) children_at = depth;
        else if (count > 0 && wrote[count - 1].is_node) children_at = UINT32_MAX;
    }
    for (; depth > 0; depth--) {
        wrote[count++] = (struct wrote){ .is_end = true };
        fdt_out_node_end(&t);
    }
    err = fdt_out_finish(&t, &tree, &bytes);
    if (err != 0) {
        must(err == -ENOSPC && tree == NULL);
        return 0;
    }
    must(bytes <= room && fdt_check_full(tree, bytes) == 0);
    compare(tree);
    free(tree);
    return 0;
}

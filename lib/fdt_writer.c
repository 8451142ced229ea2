/* SPDX-License-Identifier: Apache-2.0 */
/* See fdt_writer.h. Layout facts: Devicetree Specification 0.4, chapter 5. */
#include "lib/fdt_writer.h"
#include "lib/err.h"
#include "lib/str.h"

#define HEADER_LEN 40u

static void put(struct fdt_writer *w, const void *data, uint64_t len)
{
    if (w->full || len > (size_t)(w->end - w->at)) {
        w->full = true;
        return;
    }
    if (len != 0) memcpy(w->at, data, len);
    w->at += len;
}

static void put_cell(struct fdt_writer *w, uint32_t v)
{
    v = __builtin_bswap32(v);
    put(w, &v, sizeof(v));
}

/** Everything in the structure block begins at a multiple of four bytes. */
static void pad(struct fdt_writer *w)
{
    static const uint8_t zeros[4];

    put(w, zeros, (4 - (uintptr_t)(w->at - w->base) % 4) % 4);
}

void fdt_writer_cells(struct fdt_writer *w, uint64_t value, uint32_t cells)
{
    if (cells == 2) put_cell(w, (uint32_t)(value >> 32));
    put_cell(w, (uint32_t)value);
}

void fdt_writer_begin(struct fdt_writer *w, void *out, uint32_t room,
                      const struct fdt_cursor *source, const char *names, uint32_t names_len)
{
    uint64_t base, len;

    *w = (struct fdt_writer){ .base = out,
                              .at = out,
                              .end = (uint8_t *)out + room,
                              .source = source,
                              .names = names,
                              .names_len = names_len };
    for (uint32_t i = 0; i < HEADER_LEN; i += 4) put_cell(w, 0);
    w->reserved_at = HEADER_LEN;
    for (uint32_t i = 0; fdt_cursor_reservation(source, i, &base, &len) && !w->full; i++) {
        fdt_writer_cells(w, base, 2);
        fdt_writer_cells(w, len, 2);
    }
    fdt_writer_cells(w, 0, 2);
    fdt_writer_cells(w, 0, 2);
    w->struct_at = (uint32_t)(w->at - w->base);
}

void fdt_writer_node(struct fdt_writer *w, const char *name)
{
    put_cell(w, FDT_TAG_NODE);
    put(w, name, strlen(name) + 1);
    pad(w);
}

void fdt_writer_node_end(struct fdt_writer *w)
{
    put_cell(w, FDT_TAG_NODE_END);
}

static void prop_head(struct fdt_writer *w, size_t name, uint32_t len)
{
    put_cell(w, FDT_TAG_PROP);
    put_cell(w, len);
    put_cell(w, (uint32_t)name);
}

void fdt_writer_changed(struct fdt_writer *w, const struct fdt_token *t, const void *data,
                        uint32_t len)
{
    prop_head(w, (size_t)(t->name - w->source->strings), len);
    put(w, data, len);
    pad(w);
}

void fdt_writer_copy(struct fdt_writer *w, const struct fdt_token *t)
{
    fdt_writer_changed(w, t, t->data, t->len);
}

void fdt_writer_prop_open(struct fdt_writer *w, const char *name, uint32_t len)
{
    uint32_t at = 0;

    while (at < w->names_len && strcmp(w->names + at, name) != 0)
        at += (uint32_t)strlen(w->names + at) + 1;
    w->full |= at == w->names_len;
    prop_head(w, w->source->strings_len + at, len);
}

void fdt_writer_prop(struct fdt_writer *w, const char *name, const void *data, uint32_t len)
{
    fdt_writer_prop_open(w, name, len);
    put(w, data, len);
    pad(w);
}

void fdt_writer_prop_text(struct fdt_writer *w, const char *name, const char *text)
{
    fdt_writer_prop(w, name, text, (uint32_t)strlen(text) + 1);
}

void fdt_writer_prop_cells(struct fdt_writer *w, const char *name, uint64_t value, uint32_t cells)
{
    fdt_writer_prop_open(w, name, 4 * cells);
    fdt_writer_cells(w, value, cells);
}

int fdt_writer_finish(struct fdt_writer *w, uint32_t *bytes)
{
    uint32_t struct_len, strings_at, total;

    put_cell(w, FDT_TAG_END);
    struct_len = (uint32_t)(w->at - w->base) - w->struct_at;
    strings_at = (uint32_t)(w->at - w->base);
    put(w, w->source->strings, w->source->strings_len);
    put(w, w->names, w->names_len);
    if (w->full) return -ENOSPC;
    total = (uint32_t)(w->at - w->base);

    w->at = w->base;
    put_cell(w, 0xd00dfeed);
    put_cell(w, total);
    put_cell(w, w->struct_at);
    put_cell(w, strings_at);
    put_cell(w, w->reserved_at);
    put_cell(w, 17);
    put_cell(w, 16);
    put_cell(w, 0);                 /* boot CPU: a hint nobody uses on this architecture */
    put_cell(w, w->source->strings_len + w->names_len);
    put_cell(w, struct_len);
    *bytes = total;
    return 0;
}

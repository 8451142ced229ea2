/* SPDX-License-Identifier: Apache-2.0 */
/* A tree written from front to back, most of it copied from another one: the source's strings block
 * is taken over whole, so that a copied property keeps its name's offset, and the few new names are
 * one constant block behind it. Once the room is used up nothing more is written, and
 * fdt_writer_finish() says so. */
#pragma once

#include "lib/fdt_cursor.h"

struct fdt_writer {
    uint8_t *base, *at, *end;
    uint32_t reserved_at, struct_at;
    const struct fdt_cursor *source;
    const char *names;              /* new names, each terminated */
    uint32_t names_len;
    bool full;
};

/** Begin a tree in out[room] (8-byte aligned) with the memory reservations of the source. */
void fdt_writer_begin(struct fdt_writer *w, void *out, uint32_t room,
                      const struct fdt_cursor *source, const char *names, uint32_t names_len);
void fdt_writer_node(struct fdt_writer *w, const char *name);
void fdt_writer_node_end(struct fdt_writer *w);
/** A property of the source, as it is or with another value. */
void fdt_writer_copy(struct fdt_writer *w, const struct fdt_token *t);
void fdt_writer_changed(struct fdt_writer *w, const struct fdt_token *t, const void *data,
                        uint32_t len);
/** A new property, whose name stands in the block of new names (without it the tree is never
 * finished). The _open form leaves the value to fdt_writer_cells(), `len` bytes of it. */
void fdt_writer_prop(struct fdt_writer *w, const char *name, const void *data, uint32_t len);
void fdt_writer_prop_text(struct fdt_writer *w, const char *name, const char *text);
void fdt_writer_prop_cells(struct fdt_writer *w, const char *name, uint64_t value, uint32_t cells);
void fdt_writer_prop_open(struct fdt_writer *w, const char *name, uint32_t len);
/** A number as 1 or 2 cells. */
void fdt_writer_cells(struct fdt_writer *w, uint64_t value, uint32_t cells);

/** -ENOSPC: it did not fit. *bytes: length of the tree. */
int fdt_writer_finish(struct fdt_writer *w, uint32_t *bytes) must_check;

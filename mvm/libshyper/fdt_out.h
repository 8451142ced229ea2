/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a flattened device tree from front to back (libfdt's sequential functions). The first
 * failure sticks and later calls do nothing, so that a tree is written without a check on every
 * line; fdt_out_finish tells. */
#pragma once

#include <libfdt.h>

#include "lib/compiler.h"

struct fdt_out {
    void *buf;
    int err; /* libfdt's, 0 so far */
    bool no_memory;
};

/** Begin a tree of at most `max` bytes with its root node open. */
void fdt_out_begin(struct fdt_out *t, size_t max);
void fdt_out_node(struct fdt_out *t, const char *format, ...) printf_like(2, 3);
void fdt_out_node_end(struct fdt_out *t);
void fdt_out_bytes(struct fdt_out *t, const char *name, const void *value, size_t n);
void fdt_out_empty(struct fdt_out *t, const char *name);
void fdt_out_string(struct fdt_out *t, const char *name, const char *value);
void fdt_out_u32(struct fdt_out *t, const char *name, uint32_t value);
void fdt_out_u64(struct fdt_out *t, const char *name, uint64_t value);

/** Lists of 32-bit cells and of 64-bit numbers (two cells each). */
void fdt_out_cells(struct fdt_out *t, const char *name, const uint32_t *cells, size_t n);
void fdt_out_wide(struct fdt_out *t, const char *name, const uint64_t *numbers, size_t n);

/** Close the root and hand over the tree and its size. -ENOMEM, or -ENOSPC when `max` was too
 * small. Frees on failure. */
int fdt_out_finish(struct fdt_out *t, void **tree, size_t *bytes) must_check;

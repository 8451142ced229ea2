/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/fdt_out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Evaluate a libfdt call unless one failed before. */
#define STEP(t, call)                             \
    do {                                          \
        if ((t)->err == 0) { (t)->err = (call); } \
    } while (0)

void fdt_out_begin(struct fdt_out *t, size_t max)
{
    *t = (struct fdt_out){ .buf = calloc(1, max) };
    if (t->buf == NULL) {
        t->no_memory = true;
        t->err = -FDT_ERR_INTERNAL;
    }
    STEP(t, fdt_create(t->buf, (int)max));
    STEP(t, fdt_finish_reservemap(t->buf));
    STEP(t, fdt_begin_node(t->buf, ""));
}

void fdt_out_node(struct fdt_out *t, const char *format, ...)
{
    char name[64];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    STEP(t, fdt_begin_node(t->buf, name));
}

void fdt_out_node_end(struct fdt_out *t)
{
    STEP(t, fdt_end_node(t->buf));
}

void fdt_out_bytes(struct fdt_out *t, const char *name, const void *value, size_t n)
{
    STEP(t, fdt_property(t->buf, name, value, (int)n));
}

void fdt_out_empty(struct fdt_out *t, const char *name)
{
    fdt_out_bytes(t, name, "", 0);
}

void fdt_out_string(struct fdt_out *t, const char *name, const char *value)
{
    fdt_out_bytes(t, name, value, strlen(value) + 1);
}

void fdt_out_u32(struct fdt_out *t, const char *name, uint32_t value)
{
    STEP(t, fdt_property_u32(t->buf, name, value));
}

void fdt_out_u64(struct fdt_out *t, const char *name, uint64_t value)
{
    STEP(t, fdt_property_u64(t->buf, name, value));
}

void fdt_out_cells(struct fdt_out *t, const char *name, const uint32_t *cells, size_t n)
{
    void *at = NULL;

    STEP(t, fdt_property_placeholder(t->buf, name, (int)(n * 4), &at));
    for (size_t i = 0; t->err == 0 && i < n; i++) { fdt32_st((char *)at + i * 4, cells[i]); }
}

void fdt_out_wide(struct fdt_out *t, const char *name, const uint64_t *numbers, size_t n)
{
    void *at = NULL;

    STEP(t, fdt_property_placeholder(t->buf, name, (int)(n * 8), &at));
    for (size_t i = 0; t->err == 0 && i < n; i++) { fdt64_st((char *)at + i * 8, numbers[i]); }
}

int fdt_out_finish(struct fdt_out *t, void **tree, size_t *bytes)
{
    fdt_out_node_end(t);
    STEP(t, fdt_finish(t->buf));
    if (t->err != 0) {
        free(t->buf);
        t->buf = NULL;
        return t->no_memory ? -ENOMEM : -ENOSPC;
    }
    *tree = t->buf;
    *bytes = fdt_totalsize(t->buf);
    return 0;
}

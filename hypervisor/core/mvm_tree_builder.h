/* SPDX-License-Identifier: Apache-2.0 */
/* The state of mvm_tree_build() and what its parts share. Private to mvm_tree*.c. */
#pragma once

#include "lib/fdt_writer.h"
#include "hypervisor/core/mvm_tree.h"

#define DEPTH_MAX 16

enum kind {
    KIND_OTHER, KIND_DROP, KIND_CHOSEN, KIND_RESERVED, KIND_CPUS, KIND_CPU, KIND_PSCI, KIND_GIC2,
    KIND_GIC3
};

struct level {
    uint8_t kind;
    uint8_t address_cells, size_cells;      /* for its children */
};

/** What a node says about itself. */
struct facts {
    struct fdt_token compatible, device_type, reg;
    uint32_t phandle, gicr_regions, address_cells, size_cells;
};

struct builder {
    const struct mvm_tree_params *p;
    const char **why;
    struct fdt_cursor in;
    struct fdt_writer out;
    struct level level[DEPTH_MAX];
    uint32_t depth;                 /* open nodes */
    uint32_t gic_phandle;
    bool chosen, reserved, psci;    /* met */
};

static inline int builder_refuse(struct builder *b, int error, const char *why)
{
    *b->why = why;
    return error;
}

/* mvm_tree_edit.c: what becomes of a node and of its properties. The cursor stands behind the
 * node's name. */
int builder_look_at(struct builder *b, struct facts *f) must_check;
enum kind builder_kind(const struct builder *b, const char *name, const struct facts *f);
int builder_copy_props(struct builder *b, enum kind kind, const struct facts *f) must_check;

/* mvm_tree_new.c: what is put in. */
void builder_begin(struct builder *b, void *out, uint32_t room);
void builder_put_chosen(struct builder *b);
void builder_put_cpu(struct builder *b);
void builder_put_psci(struct builder *b);
int builder_put_pool(struct builder *b) must_check;
int builder_put_nodes(struct builder *b) must_check;

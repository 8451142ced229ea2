/* SPDX-License-Identifier: Apache-2.0 */
/* Between the walk over the device tree (machine.c) and the understanding of its nodes
 * (machine_node.c). */
#pragma once

#include "unikernel/kernel/machine.h"
#include "lib/fdt_cursor.h"

#define DEPTH_MAX 8
#define PAGE      4096U

struct prop {
    const uint8_t *data;            /* NULL: not there */
    uint32_t len;
};

struct level {                      /* what a node says to its children */
    uint32_t address_cells, size_cells;
    uint64_t timebase;              /* timebase-frequency, 0: not said */
    struct prop ranges;
    bool has_ranges;
};

struct node {
    const char *name;
    struct prop compatible, reg, interrupts, status, device_type;
    struct prop extra[ARCH_NODE_PROPS];     /* what arch_node_props names */
    bool no_map;
};

struct walk {
    struct machine *m;
    struct level at[DEPTH_MAX];
    int depth;                      /* of the node being read; the root is 0 */
    enum { IN_OTHER, IN_CHOSEN, IN_ALIASES, IN_RESERVED } top;  /* child of the root we are in */
    const char *stdout_path;
    uint64_t initrd_start, initrd_end;      /* 0: not said */
    struct prop aliases[8];         /* name is in alias_names */
    const char *alias_names[8];
    unsigned alias_count;
    struct uart {
        const char *name;
        enum uart_kind kind;
        struct region regs;
        uint32_t irq;
    } uarts[4];
    unsigned uart_count;
};

/** Big-endian 32-bit cells as one number; of more than two the last two count. */
static inline uint64_t cells(const uint8_t *data, uint32_t n)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < n; i++) v = v << 32 | fdt_cell(data + 4 * i);
    return v;
}

/** Region `index` of reg as a CPU address; false: none, or not reachable by the CPU. */
bool node_region(const struct walk *w, const struct node *n, unsigned index, struct region *out);

bool prop_is(const struct prop *p, const char *text);

/** A UART that may become the console. irq 0: none. */
void node_uart(struct walk *w, const struct node *n, enum uart_kind kind, uint32_t irq);

/** What an ISA's machines consist of; ends with a NULL. */
struct node_kind {
    const char *compatible;
    void (*take)(struct walk *w, const struct node *n);
};
extern const struct node_kind arch_node_kinds[];
extern const char *const arch_node_props[ARCH_NODE_PROPS];

/** What else /chosen says; with the feature fs there is somebody who wants to know. */
void machine_take_chosen(struct walk *w, const struct fdt_token *t);

/** Take what a node whose properties are complete says about the machine. */
int node_understand(struct walk *w, const struct node *n) must_check;

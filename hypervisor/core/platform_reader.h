/* SPDX-License-Identifier: Apache-2.0 */
/* The state of platform_read() and what its parts share: properties of the node at hand, addresses
 * through the buses above it, interrupts. Private to platform*.c. */
#pragma once

#include "lib/fdt_cursor.h"
#include "hypervisor/core/platform.h"

#define DEPTH_MAX 16
#define UART_MAX  8
#define PATH_MAX_BYTES 96
#define MET_MAX   64

#define KEYS(X)                                                                                    \
    X(COMPATIBLE, "compatible")                                                                    \
    X(REG, "reg")                                                                                  \
    X(INTERRUPTS, "interrupts")                                                                    \
    X(INTERRUPTS_EXTENDED, "interrupts-extended")                                                  \
    X(INTERRUPT_CELLS, "#interrupt-cells")                                                         \
    X(RANGES, "ranges")                                                                            \
    X(STATUS, "status")                                                                            \
    X(DEVICE_TYPE, "device_type")                                                                  \
    X(METHOD, "method")                                                                            \
    X(GICR_REGIONS, "#redistributor-regions")                                                      \
    X(ADDRESS_CELLS, "#address-cells")                                                             \
    X(SIZE_CELLS, "#size-cells")                                                                   \
    X(STDOUT, "stdout-path")                                                                       \
    X(INITRD_START, "linux,initrd-start")                                                          \
    X(INITRD_END, "linux,initrd-end")                                                              \
    X(KASLR_SEED, "kaslr-seed")                                                                    \
    X(RNG_SEED, "rng-seed")
#define KEY(key, name) K_##key,
enum key { KEYS(KEY) K_COUNT };

struct prop {
    const uint8_t *data;
    uint32_t len;
};

/** Interrupts of a node, not read before the GIC's #interrupt-cells is known. */
struct irqs {
    struct prop prop;               /* data NULL: none */
    bool extended;                  /* each is preceded by its controller's phandle */
};

enum node_role { ROLE_OTHER, ROLE_CHOSEN, ROLE_ALIASES, ROLE_CPUS, ROLE_RESERVED };

/** An open node: what its children need to know. */
struct frame {
    const char *name;
    struct prop ranges;             /* data NULL: addresses below do not reach the parent bus */
    uint8_t address_cells, size_cells;
    uint8_t role;                   /* enum node_role */
    bool disabled;
};

struct uart {
    char path[PATH_MAX_BYTES];      /* "" when it does not fit */
    struct mmio_range mmio;
    struct irqs irqs;
    bool sbsa;
};

struct reader {
    struct platform *p;
    const char **why;
    int error;                      /* first refusal; the walk goes on, to find a UART to tell */
    uint32_t depth;                 /* open nodes */
    bool judged;                    /* the innermost open node's properties are complete and used */
    uint32_t seen;                  /* bit per key */
    struct fdt_cursor aliases;      /* at the first property; at == NULL: no such node */
    const char *stdout_path;
    struct irqs gic_irqs, timer_irqs;
    uint32_t irq_cells;             /* of the GIC */
    uint32_t uarts;
    struct ranges reserved;
    struct {                        /* names met: each has one address in the strings block */
        const char *name;
        uint32_t key;
    } met[MET_MAX];
    /* Not cleared beforehand. */
    struct frame frame[DEPTH_MAX];
    struct prop prop[K_COUNT];      /* of the innermost open node; valid where seen */
    struct uart uart[UART_MAX];
};

static inline int reader_refuse(struct reader *r, int error, const char *why)
{
    if (r->error == 0) {
        r->error = error;
        *r->why = why;
    }
    return error;
}

static inline bool reader_same(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') a++, b++;
    return *a == *b;
}

static inline bool reader_has(const struct reader *r, enum key k)
{
    return (r->seen & 1u << k) != 0;
}

static inline uint64_t reader_cells(const uint8_t *at, uint32_t count)
{
    return count == 0 ? 0 : count == 1 ? fdt_cell(at) : fdt_cells2(at + 4 * (size_t)(count - 2));
}

/** The key of a property's name; K_COUNT: of no interest. */
uint32_t reader_key(struct reader *r, const char *name);
/** The property as text: NULL when it is absent or not terminated. */
const char *reader_text(const struct reader *r, enum key k);
bool reader_text_is(const struct reader *r, enum key k, const char *expected);

/** Entries of `reg` as the parent's cell sizes cut it, and one of them on the parent's bus. */
uint32_t reader_reg_count(const struct reader *r, const struct frame *bus);
void reader_reg_entry(const struct reader *r, const struct frame *bus, uint32_t i,
                      struct mmio_range *out);
/** Entry i of the judged node's `reg` as a CPU sees it. False: absent, empty, wrapping or not
 * reachable. */
bool reader_reg_physical(const struct reader *r, uint32_t i, struct mmio_range *out);
/** The judged node's interrupts, and the INTID of entry i in the GIC's form {kind, number, flags
 * ...}; 0: absent or of another kind. */
struct irqs reader_irqs(const struct reader *r);
uint32_t reader_intid(const struct reader *r, const struct irqs *irqs, uint32_t i);

/** platform_node.c: use what the innermost open node says, all of whose properties are known. */
int platform_judge_node(struct reader *r);          /* the error is in r->error too */
int platform_reserve(struct reader *r, uint64_t base, uint64_t len) must_check;
/** platform_device.c: the same for a node with `compatible`. */
int platform_judge_device(struct reader *r);
/** platform_uart.c: remember a UART; pick one when all is known. */
int platform_judge_uart(struct reader *r, bool sbsa) must_check;
void platform_choose_uart(struct reader *r);

/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the device tree, in the order it lies in memory, with a small stack of what the
 * parents said about cells and address translation. A node is first collected property by property,
 * then understood as a whole when it ends its properties. Nodes with a status other than "okay" are
 * passed over. */
#include "unikernel/kernel/machine_walk.h"
#include "lib/err.h"
#include "lib/str.h"

__attribute__((weak)) void machine_take_chosen(struct walk *w, const struct fdt_token *t) { }

static void take_chosen(struct walk *w, const struct fdt_token *t)
{
    if (strcmp(t->name, "bootargs") == 0) {
        w->m->bootargs = fdt_token_text(t);
    } else if (strcmp(t->name, "stdout-path") == 0) {
        w->stdout_path = fdt_token_text(t);
    } else if (strcmp(t->name, "rng-seed") == 0) {
        w->m->rng_seed = t->data;
        w->m->rng_seed_len = t->len;
    } else {
        machine_take_chosen(w, t);
    }
}

static void take_alias(struct walk *w, const struct fdt_token *t)
{
    if (w->alias_count == ARRAY_LEN(w->aliases) || fdt_token_text(t) == NULL) return;
    w->alias_names[w->alias_count] = t->name;
    w->aliases[w->alias_count++] = (struct prop){ t->data, t->len };
}

static void take_prop(struct walk *w, struct node *n, const struct fdt_token *t)
{
    const struct prop value = { t->data, t->len }, *p = &value;
    const char *name = t->name;
    struct level *here = &w->at[w->depth];

    switch (name[0]) {
    case '#':
        if (p->len != 4) break;
        if (strcmp(name, "#address-cells") == 0) here->address_cells = (uint32_t)cells(p->data, 1);
        else if (strcmp(name, "#size-cells") == 0) here->size_cells = (uint32_t)cells(p->data, 1);
        break;
    case 'c':
        if (strcmp(name, "compatible") == 0) n->compatible = *p;
        break;
    case 'd':
        if (strcmp(name, "device_type") == 0) n->device_type = *p;
        break;
    case 'i':
        if (strcmp(name, "interrupts") == 0) n->interrupts = *p;
        break;
    case 'n':
        if (strcmp(name, "no-map") == 0) n->no_map = true;
        break;
    case 'r':
        if (strcmp(name, "reg") == 0) n->reg = *p;
        else if (strcmp(name, "ranges") == 0) {
            here->ranges = *p;
            here->has_ranges = true;
        }
        break;
    case 's':
        if (strcmp(name, "status") == 0) n->status = *p;
        break;
    case 't':
        if (strcmp(name, "timebase-frequency") == 0 && p->len % 4 == 0 && p->len <= 8)
            here->timebase = cells(p->data, p->len / 4);
        break;
    default:
        break;
    }
    for (unsigned i = 0; i < ARCH_NODE_PROPS; i++) {
        if (name[0] == arch_node_props[i][0] && strcmp(name, arch_node_props[i]) == 0) {
            n->extra[i] = *p;
        }
    }
}

/* The path an alias stands for, up to a colon; NULL when there is none of that name. */
static const char *alias_path(const struct walk *w, const char *name)
{
    size_t len = 0;

    while (name[len] != '\0' && name[len] != ':') len++;
    for (unsigned i = 0; i < w->alias_count; i++) {
        if (strncmp(w->alias_names[i], name, len) == 0 && w->alias_names[i][len] == '\0') {
            return (const char *)w->aliases[i].data;
        }
    }
    return NULL;
}

/* The UART that stdout-path names (its last component, options cut), else the first one. */
static void choose_uart(struct walk *w)
{
    const char *path = w->stdout_path, *last;
    struct uart *u = &w->uarts[0];
    size_t len = 0;

    if (w->uart_count == 0) return;
    if (path != NULL && path[0] != '/') path = alias_path(w, path);
    if (path != NULL && (last = strrchr(path, '/')) != NULL) {
        last++;
        while (last[len] != '\0' && last[len] != ':') len++;
        for (unsigned i = 0; i < w->uart_count; i++) {
            if (strncmp(w->uarts[i].name, last, len) == 0 && w->uarts[i].name[len] == '\0') {
                u = &w->uarts[i];
                break;
            }
        }
    }
    w->m->uart = u->kind;
    w->m->uart_regs = u->regs;
    w->m->uart_irq = u->irq;
}

/* A node's properties are complete: its first child or its end has come. */
static int node_complete(struct walk *w, const struct node *n)
{
    const struct level *here = &w->at[w->depth];

    if (here->address_cells > 4 || here->size_cells > 4) return -EINVAL;
    if (w->depth == 1 && w->top != IN_OTHER) return 0;
    return node_understand(w, n);
}

static void node_begin(struct walk *w, struct node *n, const char *name)
{
    *n = (struct node){ .name = name };
    w->at[w->depth] = (struct level){ .address_cells = 2, .size_cells = 1 };
    if (w->depth != 1) return;
    w->top = strcmp(name, "chosen") == 0 ? IN_CHOSEN : strcmp(name, "aliases") == 0 ? IN_ALIASES
             : strcmp(name, "reserved-memory") == 0 ? IN_RESERVED : IN_OTHER;
}

static void property(struct walk *w, struct node *n, const struct fdt_token *t)
{
    if (w->depth == 1 && w->top == IN_CHOSEN) take_chosen(w, t);
    else if (w->depth == 1 && w->top == IN_ALIASES) take_alias(w, t);
    else take_prop(w, n, t);
}

/* Nodes deeper than DEPTH_MAX are not looked at. */
static int read_nodes(struct walk *w, struct fdt_cursor *c)
{
    struct fdt_token t;
    struct node n = { 0 };
    bool open = false;              /* the properties of n are being read */
    int depth = -1, err = 0, tag;

    while ((tag = fdt_cursor_next(c, &t)) > 0 && tag != FDT_TAG_END) {
        if (tag == FDT_TAG_PROP) {
            if (depth < 0) return -EINVAL;
            if (open) property(w, &n, &t);
            continue;
        }
        if (open) err = node_complete(w, &n);
        if (err != 0) return err;
        depth += tag == FDT_TAG_NODE ? 1 : -1;
        if (depth < -1) return -EINVAL;
        open = tag == FDT_TAG_NODE && depth < DEPTH_MAX;
        w->depth = MIN(depth, DEPTH_MAX - 1);
        if (open) node_begin(w, &n, t.name);
    }
    return tag < 0 || depth != -1 ? -EINVAL : 0;
}

static int read_reservations(struct machine *m, const struct fdt_cursor *c)
{
    uint64_t base, len, end;
    int err = 0;

    for (uint32_t i = 0; err == 0 && fdt_cursor_reservation(c, i, &base, &len); i++) {
        if (!add_ok(&end, base, len)) return -EINVAL;
        err = ranges_add(&m->reserved, align_down(base, PAGE), align_up(end, PAGE));
    }
    return err;
}

int machine_read_tree(struct machine *m, const void *fdt, uint64_t max_len, uint64_t fdt_pa,
                      const char **problem)
{
    struct walk w = { .m = m };
    struct fdt_cursor c;
    int err;

    memset(m, 0, sizeof(*m));
    err = fdt_cursor_open(&c, fdt, max_len, problem);
    if (err != 0) return err;
    *problem = "the device tree is damaged";
    err = read_reservations(m, &c);
    if (err == 0) err = read_nodes(&w, &c);
    choose_uart(&w);
    if (err != 0) return err;
    *problem = "the device tree describes no memory";
    if (m->ram.count == 0) return -ENODEV;
    *problem = "the device tree reserves too many pieces of memory";
    err = ranges_add(&m->reserved, align_down(fdt_pa, PAGE), align_up(fdt_pa + c.used, PAGE));
    if (err == 0) *problem = NULL;
    return err;
}

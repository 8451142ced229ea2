/* SPDX-License-Identifier: Apache-2.0 */
/* The UART for EL2: the one /chosen/stdout-path names, as a path or as an alias, else the first in
 * the tree. Paths and aliases may stand before or behind the UART, so UARTs are remembered with
 * their paths and chosen after the walk. */
#include "hypervisor/core/platform_reader.h"
#include "lib/str.h"

int platform_judge_uart(struct reader *r, bool sbsa)
{
    struct uart *u = &r->uart[r->uarts];
    size_t used = 0;

    if (r->uarts == UART_MAX || !reader_reg_physical(r, 0, &u->mmio)) return 0;
    for (uint32_t i = 1; i < r->depth; i++) {
        size_t len = strlen(r->frame[i].name);

        if (len + 2 > sizeof(u->path) - used) {
            used = 0;
            break;
        }
        u->path[used++] = '/';
        memcpy(&u->path[used], r->frame[i].name, len);
        used += len;
    }
    u->path[used] = '\0';
    u->irqs = reader_irqs(r);
    u->sbsa = sbsa;
    r->uarts++;
    return 0;
}

/** Does path[0..len) name the node at `full`? A component without a unit address matches any. */
static bool path_names(const char *path, size_t len, const char *full)
{
    const char *end = path + len;

    while (path < end && *full != '\0') {
        if (*path == *full) {
            path++;
            full++;
        } else if (*full == '@' && *path == '/') {
            while (*full != '/' && *full != '\0') full++;
        } else {
            return false;
        }
    }
    if (*full == '@') {
        while (*full != '/' && *full != '\0') full++;
    }
    return path == end && *full == '\0';
}

static size_t path_len(const char *path)
{
    size_t len = 0;

    while (path[len] != '\0' && path[len] != ':') len++;    /* ":115200n8" and the like follow */
    return len;
}

/** The path an alias stands for, or NULL. */
static const char *alias_path(const struct reader *r, const char *alias, size_t len)
{
    struct fdt_cursor c = r->aliases;
    struct fdt_token t;

    if (c.at == NULL) return NULL;
    while (fdt_cursor_next(&c, &t) == FDT_TAG_PROP) {
        if (strlen(t.name) != len || memcmp(t.name, alias, len) != 0) continue;
        return t.len != 0 && t.data[t.len - 1] == '\0' ? (const char *)t.data : NULL;
    }
    return NULL;
}

void platform_choose_uart(struct reader *r)
{
    const char *path = r->stdout_path;
    const struct uart *u = &r->uart[0];

    if (r->uarts == 0) return;
    if (path != NULL && path[0] != '/') path = alias_path(r, path, path_len(path));
    for (uint32_t i = 0; path != NULL && i < r->uarts; i++) {
        if (r->uart[i].path[0] != '\0' && path_names(path, path_len(path), r->uart[i].path)) {
            u = &r->uart[i];
            break;
        }
    }
    r->p->uart.kind = UART_PL011;
    r->p->uart.mmio = u->mmio;
    r->p->uart.irq = reader_intid(r, &u->irqs, 0);
    r->p->uart.sbsa = u->sbsa;
}

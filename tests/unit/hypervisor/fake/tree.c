/* SPDX-License-Identifier: Apache-2.0 */
/* See tree.h. The allocations are exact, so that AddressSanitizer sees each byte read outside a
 * tree. */
#include "tests/unit/hypervisor/fake/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

static struct tree tree_from_command(const char *command)
{
    struct tree t = { NULL, 0 };
    size_t room = 2u << 20, got;
    FILE *in = popen(command, "r");

    assert_non_null(in);
    t.fdt = malloc(room);
    assert_non_null(t.fdt);
    while ((got = fread((char *)t.fdt + t.len, 1, room - t.len, in)) > 0) t.len += got;
    if (pclose(in) != 0 || t.len < 40) fail_msg("no tree from: %s", command);
    tree_pack(&t);
    return t;
}

struct tree tree_from_dts(const char *path)
{
    char command[512];

    (void)snprintf(command, sizeof(command), "dtc -q -I dts -O dtb '%s'", path);
    return tree_from_command(command);
}

struct tree tree_from_qemu(const char *options)
{
    char command[512];

    (void)snprintf(
        command, sizeof(command),
        "f=$(mktemp) && timeout -k 2 20 qemu-system-aarch64 -nodefaults -display none %s "
        "-machine dumpdtb=$f </dev/null >/dev/null && cat $f; rm -f $f",
        options);
    return tree_from_command(command);
}

struct tree tree_editable(const struct tree *t, size_t room)
{
    struct tree copy = { malloc(t->len + room), t->len + room };

    assert_non_null(copy.fdt);
    assert_int_equal(fdt_open_into(t->fdt, copy.fdt, (int)copy.len), 0);
    return copy;
}

void tree_pack(struct tree *t)
{
    void *exact;

    assert_int_equal(fdt_pack(t->fdt), 0);
    t->len = fdt_totalsize(t->fdt);
    exact = malloc(t->len);
    assert_non_null(exact);
    memcpy(exact, t->fdt, t->len);
    free(t->fdt);
    t->fdt = exact;
}

void tree_free(struct tree *t)
{
    free(t->fdt);
    *t = (struct tree){ NULL, 0 };
}

uint32_t tree_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

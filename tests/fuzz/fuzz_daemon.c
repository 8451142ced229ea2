/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/ask.c mvm/libshyper/wire.c -ljansson
/* Any bytes as a client's request: the first says how many files come along, the rest is the line.
 * What is taken names an operation and keeps every limit. */
#include <stdlib.h>
#include <string.h>

#include "mvm/daemon/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) { abort(); }
}

static void check_config(const struct shyper_config *c, unsigned file_count)
{
    check(c->name[0] != 0 && strnlen(c->name, sizeof c->name) < sizeof c->name);
    check(c->profile[0] != 0 && strnlen(c->profile, sizeof c->profile) < sizeof c->profile);
    check(c->count <= SHYPER_LOADS_MAX && c->count + 1 == file_count);
    check(c->blob == 100);
    for (unsigned i = 0; i < c->count; i++) { check(c->image[i].fd == 101 + (int)i); }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int files[WIRE_FILES_MAX] = { 100, 101, 102, 103, 104, 105, 106, 107 };
    unsigned file_count = size > 0 ? data[0] % (WIRE_FILES_MAX + 1) : 0;
    char why[ASK_WHY_BYTES] = "";
    struct ask *ask = malloc(sizeof *ask);
    char *line;

    if (size == 0 || size > WIRE_LINE_MAX || ask == NULL) {
        free(ask);
        return 0;
    }
    /* Of exactly this size, so that the sanitizer sees a step too far. */
    line = malloc(size);
    memcpy(line, data + 1, size - 1);
    if (!ask_decode(line, size - 1, files, file_count, ask, why)) {
        check(why[0] != 0 && strnlen(why, sizeof why) < sizeof why);
    } else {
        check(ask->op == wire_op_named(ask->op->name));
        check(ask->bytes <= WIRE_SHOWN_MAX && ask->typed_bytes <= sizeof ask->typed);
        check(ask->op->shape == WIRE_CONFIG || file_count == 0);
        if (ask->op->shape == WIRE_CONFIG) { check_config(&ask->config, file_count); }
    }
    free(line);
    free(ask);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/space_model.c
/* What an application asks of its address space, 8 bytes each, against an array of pages. */
#include <string.h>

#include "tests/unit/unikernel/fake/space_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    space_model_begin();
    for (size_t at = 0; at + sizeof(struct space_op) <= size && at < 1600;
         at += sizeof(struct space_op)) {
        struct space_op op;

        memcpy(&op, data + at, sizeof(op));
        space_model_step(&op);
    }
    return 0;
}

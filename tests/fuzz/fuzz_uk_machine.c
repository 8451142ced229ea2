/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/machine.c unikernel/kernel/machine_node.c unikernel/arch/aarch64/machine_node.c unikernel/fs/boot.c
// sources: lib/fdt_cursor.c lib/ranges.c
/* Any bytes as the device tree of the unikernel: an answer, a reason when it is no, and texts that
 * end. */
#include <stdlib.h>
#include <string.h>

#include "unikernel/kernel/machine.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct machine m;
    const char *why = NULL;
    uint8_t *fdt = malloc(size);
    int got;

    if (fdt == NULL) return 0;
    memcpy(fdt, data, size);
    got = machine_read_tree(&m, fdt, size, 0x40000000, &why);
    if (got != 0 && why == NULL) abort();
    if (got == 0) {
        if (m.ram.count == 0 || m.reserved.count == 0) abort();
        if (m.bootargs != NULL && strlen(m.bootargs) >= size) abort();
        for (uint32_t i = 0; i < m.rng_seed_len; i++) m.cpus += m.rng_seed[i];
    }
    free(fdt);
    return 0;
}

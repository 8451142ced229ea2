/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/fdt_writer.c hypervisor/core/mvm_tree.c hypervisor/core/mvm_tree_edit.c
// sources: hypervisor/core/mvm_tree_new.c lib/ranges.c libfdt
/* Any bytes as the firmware's tree: the reader answers, and what it accepts can be turned into the
 * MVM's tree, which libfdt then finds in order. */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "hypervisor/core/mvm_tree.h"
#include "hypervisor/core/platform.h"

#define ROOM 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_mvm_tree(const void *fdt)
{
    static uint8_t out[ROOM] aligned_to(8);
    static const uint8_t entropy[PLATFORM_ENTROPY];
    struct ranges pool = { 0 };
    uint64_t mpidr[CPU_MAX];
    const char *why = NULL;
    uint32_t bytes;
    struct mvm_tree_params p = {
        .ram = &platform.ram,
        .pool = &pool,
        .mpidr = mpidr,
        .cpu_count = platform.cpu_count,
        .bootargs = "quiet",
        .initrd_base = platform.initrd_base,
        .initrd_end = platform.initrd_end,
        .doorbell = 250,
        .entropy = entropy,
    };
    int got;

    for (uint32_t i = 0; i < platform.cpu_count; i++) mpidr[i] = platform.cpu[i].mpidr;
    if (ranges_add(&pool, platform.ram.at[0].base, platform.ram.at[0].end) < 0) abort();
    got = mvm_tree_build(out, ROOM, fdt, &p, &bytes, &why);
    if (got != 0 && why == NULL) abort();
    if (got == 0 && (fdt_totalsize(out) != bytes || fdt_check_header(out) != 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *fdt;
    const char *why = NULL;
    int got;

    if (size < 40 || (fdt = malloc(size)) == NULL) return 0;
    memcpy(fdt, data, size);
    fdt_set_totalsize(fdt, (uint32_t)size);         /* the promise of whoever hands the tree over */
    got = platform_read(&platform, fdt, PA(0x40000000), &why);
    if (got == 0) make_mvm_tree(fdt);
    else if (why == NULL || (got != -EINVAL && got != -ENODEV)) abort();
    free(fdt);
    return 0;
}

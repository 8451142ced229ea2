/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/bundle.c lib/cpio.c lib/fdt_cursor.c libfdt
/* Any bytes as the bundle. The checksum of everything is 0 here, so that the fuzzer gets past the
 * checks of damage. */
#include <stdlib.h>
#include <string.h>

#include "hypervisor/core/arch.h"
#include "hypervisor/core/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

uint32_t arch_crc32(uint32_t crc, const void *at, uint64_t len)
{
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle b;
    uint8_t *archive = malloc(size == 0 ? 1 : size);
    const char *why = NULL;
    int got;

    if (archive == NULL) return 0;
    memcpy(archive, data, size);
    got = bundle_open(&b, archive, size, &why);
    if (got != 0 && (got != -EINVAL || why == NULL)) abort();
    for (uint32_t i = 0; got == 0 && i < b.count; i++) {
        const struct bundle_member *m = &b.member[i];

        if ((const uint8_t *)m->data < archive ||
            (const uint8_t *)m->data + m->bytes > archive + size)
            abort();
        if (bundle_find(&b, m->name) != m) abort();
    }
    free(archive);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: tools/pack/cpio.c lib/crc32.c
/* Any bytes as an archive for pack --list: entries end, lie inside the archive, and their names are strings. */
#include <stdlib.h>
#include <string.h>

#include "lib/crc32.h"
#include "tools/pack/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Of exactly this size, so that the sanitizer sees a step too far. */
    uint8_t *archive = malloc(size == 0 ? 1 : size);
    struct cpio_entry m;
    size_t at = 0, before = 0;
    int more;

    if (archive == NULL) { return 0; }
    memcpy(archive, data, size);
    while ((more = cpio_next(archive, size, &at, &m)) > 0) {
        if (at <= before || at > size) { abort(); }
        before = at;
        (void)crc32(0, m.data, m.bytes);
        if (strlen(m.name) >= size) { abort(); }
    }
    if (more != 0 && more != -22) { abort(); }
    free(archive);
    return 0;
}

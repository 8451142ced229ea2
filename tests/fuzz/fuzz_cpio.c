/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/cpio.c lib/crc32.c
/* Any bytes as an archive: entries end, lie inside the archive, and their names are strings. */
#include <stdlib.h>
#include <string.h>

#include "lib/cpio.h"
#include "lib/crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Of exactly this size, so that the sanitizer sees a step too far. */
    uint8_t *archive = malloc(size == 0 ? 1 : size);
    struct cpio_cursor c = { archive, size };
    const uint8_t *before = archive;
    struct cpio_entry m;
    const char *why;
    int more;

    if (archive == NULL) { return 0; }
    memcpy(archive, data, size);
    while ((more = cpio_next(&c, &m, &why)) > 0) {
        if (c.at <= before || c.left >= size || m.data < archive || m.data + m.bytes > archive + size) { abort(); }
        before = c.at;
        (void)crc32(0, m.data, m.bytes);
        if (strlen(m.name) >= size) { abort(); }
    }
    if (more != 0 && more != -22) { abort(); }
    free(archive);
    return 0;
}

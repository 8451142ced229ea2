/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has told: the end of it is kept. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "lib/ring.h"
#include "lib/str.h"

static uint8_t kept_bytes[4096];
static struct text_ring kept = { .buf = kept_bytes, .size = sizeof(kept_bytes) };

/* In place of kernel/log_put.c; output is locked. */
void log_put(void *line, char c)
{
    if (line != NULL) text_ring_put(&kept, (uint8_t)c);
    console_put(c);
}

static uint32_t read_kept(uint64_t *at, uint8_t *out, uint32_t len, uint64_t *lost)
{
    OUTPUT_SCOPED();

    return text_ring_read(&kept, at, out, len, lost);
}

void command_dmesg(const struct words *w)
{
    uint64_t at = 0, lost;
    uint8_t piece[128];
    uint32_t n;

    while ((n = read_kept(&at, piece, sizeof(piece), &lost)) > 0) {
        /* Then it begins within a line. */
        const uint8_t *end = lost > 0 ? memchr(piece, '\n', n) : NULL;
        uint32_t skip = end != NULL ? (uint32_t)(end + 1 - piece) : 0;

        console_write((const char *)piece + skip, n - skip);
    }
}

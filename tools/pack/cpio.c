/* SPDX-License-Identifier: Apache-2.0 */
/* An entry: "070701", thirteen fields of eight hex digits, the name with its zero, padding to 4,
 * the data, padding to 4. */
#include "tools/pack/cpio.h"

#include <errno.h>

#include "abi/bundle.h"
#include "lib/cpio.h"
#include "lib/str.h"

#define MODE_FILE 0100644u

enum { FIELD_MODE = 1, FIELD_LINKS = 4, FIELD_BYTES = 6, FIELD_NAME = 11, FIELDS = 13 };

static void put(struct cpio_writer *w, const void *at, size_t n)
{
    if (n > 0 && !w->failed && fwrite(at, 1, n, w->to) != n) { w->failed = true; }
    w->at += n;
}

static void put_zeros(struct cpio_writer *w, size_t n)
{
    static const char zeros[SHYPER_BUNDLE_ALIGN + CPIO_HEADER + 8];

    put(w, zeros, n);
}

static size_t head_bytes(const char *name)
{
    return (size_t)align_up(CPIO_HEADER + strlen(name) + 1, 4);
}

static void put_head(struct cpio_writer *w, const char *name, size_t bytes)
{
    uint32_t field[FIELDS] = { [FIELD_LINKS] = 1 };
    char text[CPIO_HEADER + 1];
    size_t n = (size_t)snprintf(text, sizeof text, "070701");

    field[FIELD_MODE] = strcmp(name, CPIO_TRAILER) == 0 ? 0 : MODE_FILE;
    field[FIELD_BYTES] = (uint32_t)bytes;
    field[FIELD_NAME] = (uint32_t)strlen(name) + 1;
    for (size_t i = 0; i < FIELDS; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%08X", field[i]);
    }
    put(w, text, CPIO_HEADER);
    put(w, name, strlen(name) + 1);
    put_zeros(w, head_bytes(name) - CPIO_HEADER - strlen(name) - 1);
}

void cpio_add(struct cpio_writer *w, const char *name, const void *data, size_t bytes, size_t align)
{
    size_t gap = (size_t)(align_up(w->at + head_bytes(name), align) - w->at - head_bytes(name));

    if (bytes > UINT32_MAX) {
        w->failed = true;
        errno = EFBIG;
        return;
    }
    if (gap > 0) {
        size_t filler = head_bytes(SHYPER_BUNDLE_FILLER);

        if (gap < filler) { gap += align_up(filler, align); }
        put_head(w, SHYPER_BUNDLE_FILLER, gap - filler);
        put_zeros(w, gap - filler);
    }
    put_head(w, name, bytes);
    put(w, data, bytes);
    put_zeros(w, (size_t)(align_up(bytes, 4) - bytes));
}

void cpio_end(struct cpio_writer *w)
{
    put_head(w, CPIO_TRAILER, 0);
}

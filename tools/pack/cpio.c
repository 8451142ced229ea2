/* SPDX-License-Identifier: Apache-2.0 */
/* An entry: "070701", thirteen fields of eight hex digits, the name with its zero, padding to 4,
 * the data, padding to 4. */
#include "tools/pack/cpio.h"

#include <errno.h>

#include "abi/bundle.h"
#include "lib/str.h"

#define HEADER    110u
#define MODE_FILE 0100644u
#define TRAILER   "TRAILER!!!"

enum { FIELD_MODE = 1, FIELD_LINKS = 4, FIELD_BYTES = 6, FIELD_NAME = 11, FIELDS = 13 };

static void put(struct cpio_writer *w, const void *at, size_t n)
{
    if (n > 0 && !w->failed && fwrite(at, 1, n, w->to) != n) { w->failed = true; }
    w->at += n;
}

static void put_zeros(struct cpio_writer *w, size_t n)
{
    static const char zeros[SHYPER_BUNDLE_ALIGN + HEADER + 8];

    put(w, zeros, n);
}

static size_t head_bytes(const char *name)
{
    return (size_t)align_up(HEADER + strlen(name) + 1, 4);
}

static void put_head(struct cpio_writer *w, const char *name, size_t bytes)
{
    uint32_t field[FIELDS] = { [FIELD_LINKS] = 1 };
    char text[HEADER + 1];
    size_t n = (size_t)snprintf(text, sizeof text, "070701");

    field[FIELD_MODE] = strcmp(name, TRAILER) == 0 ? 0 : MODE_FILE;
    field[FIELD_BYTES] = (uint32_t)bytes;
    field[FIELD_NAME] = (uint32_t)strlen(name) + 1;
    for (size_t i = 0; i < FIELDS; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%08X", field[i]);
    }
    put(w, text, HEADER);
    put(w, name, strlen(name) + 1);
    put_zeros(w, head_bytes(name) - HEADER - strlen(name) - 1);
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
    put_head(w, TRAILER, 0);
}

static bool field_read(const uint8_t *head, unsigned field, uint32_t *out)
{
    uint32_t v = 0;

    for (const uint8_t *d = head + 6 + field * 8, *end = d + 8; d < end; d++) {
        if (*d >= '0' && *d <= '9') {
            v = v << 4 | (uint32_t)(*d - '0');
        } else if ((*d | 0x20) >= 'a' && (*d | 0x20) <= 'f') {
            v = v << 4 | (uint32_t)((*d | 0x20) - 'a' + 10);
        } else {
            return false;
        }
    }
    *out = v;
    return true;
}

int cpio_next(const uint8_t *archive, size_t bytes, size_t *at, struct cpio_entry *out)
{
    const uint8_t *head = archive + *at;
    size_t left = bytes - *at, data;
    uint32_t name, size;

    if (left < HEADER || memcmp(head, "070701", 6) != 0) { return -EINVAL; }
    if (!field_read(head, FIELD_NAME, &name) || !field_read(head, FIELD_BYTES, &size)) {
        return -EINVAL;
    }
    if (name == 0 || name > left - HEADER || head[HEADER + name - 1] != '\0') { return -EINVAL; }
    data = (size_t)align_up(HEADER + name, 4);
    if (data > left || size > left - data) { return -EINVAL; }
    *out = (struct cpio_entry){ (const char *)head + HEADER, head + data, size };
    if (strcmp(out->name, TRAILER) == 0) { return 0; }
    *at += MIN((size_t)align_up(data + size, 4), left);
    return 1;
}

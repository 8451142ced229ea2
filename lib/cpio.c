/* SPDX-License-Identifier: Apache-2.0 */
/* Each entry is a header of 110 ASCII characters (magic, then thirteen numbers of eight hexadecimal
 * digits), the name with its zero, and the data, name and data each padded to four bytes. */
#include "lib/cpio.h"
#include "lib/err.h"
#include "lib/str.h"

#define AT_INODE      6u
#define AT_MODE       14u
#define AT_LINKS      38u
#define AT_SECONDS    46u
#define AT_FILE_BYTES 54u
#define AT_NAME_BYTES 94u

static bool hex_number(const uint8_t *digits, uint32_t *out)
{
    uint32_t value = 0;

    for (int i = 0; i < 8; i++) {
        uint32_t c = digits[i], digit = c - '0';

        if (digit > 9) {
            digit = (c | 0x20) - 'a' + 10;
            if (digit < 10 || digit > 15) return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

int cpio_next(struct cpio_cursor *c, struct cpio_entry *e, const char **why)
{
    uint32_t name_bytes;
    uint64_t head, whole;

    *why = "cut off: the archive has no trailer";
    if (c->left < CPIO_HEADER) return -EINVAL;
    *why = "not an uncompressed cpio archive (newc)";
    if (memcmp(c->at, "070701", 6) != 0) return -EINVAL;
    *why = "an entry's header has something else than hexadecimal digits";
    if (!hex_number(c->at + AT_INODE, &e->inode) || !hex_number(c->at + AT_MODE, &e->mode) ||
        !hex_number(c->at + AT_LINKS, &e->links) || !hex_number(c->at + AT_SECONDS, &e->seconds) ||
        !hex_number(c->at + AT_FILE_BYTES, &e->bytes) || !hex_number(c->at + AT_NAME_BYTES, &name_bytes))
        return -EINVAL;
    *why = "an entry's name is empty or too long";
    if (name_bytes < 2 || name_bytes > CPIO_NAME_MAX) return -EINVAL;
    head = align_up(CPIO_HEADER + (uint64_t)name_bytes, 4);
    whole = align_up(head + e->bytes, 4);
    *why = "cut off inside an entry";
    if (head + e->bytes > c->left) return -EINVAL;
    e->name = (const char *)c->at + CPIO_HEADER;
    *why = "an entry's name and the length of it do not agree";
    if (strnlen(e->name, name_bytes) != name_bytes - 1) return -EINVAL;
    e->data = c->at + head;
    c->at += whole;
    c->left -= MIN(whole, c->left);
    return strcmp(e->name, CPIO_TRAILER) != 0;
}

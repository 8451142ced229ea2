/* SPDX-License-Identifier: Apache-2.0 */
/* The table is made by tools/uk_symbols.py from a first link and lies behind everything else, so
 * that adding it moves nothing. It is a header, entries sorted by address, and the names; an empty
 * name means that nothing is known from there on. Kernel and application differ in the low 32 bits
 * of their addresses, so those are enough. Without the feature the section is empty. */
#include "unikernel/kernel/symbols.h"
#include "unikernel/kernel/log.h"

#define SYMBOLS_MAGIC 0x4d59534bU       /* "KSYM" */

struct symbols {
    uint32_t magic, count;
    struct {
        uint32_t address, name;         /* name: offset from the start of the table */
    } at[];
};

extern const struct symbols __ksyms;
extern char __ksyms_size[];

void symbols_print(const char *prefix, uint64_t address, bool is_return)
{
    uint64_t len = (uint64_t)__ksyms_size;
    const struct symbols *s = &__ksyms;
    uint32_t low = 0, high, key = (uint32_t)address - is_return;

    log_text("%s0x%lx", prefix, address);
    if (len > sizeof(*s) && s->magic == SYMBOLS_MAGIC) {
        for (high = s->count; low < high;) {
            uint32_t mid = low + (high - low) / 2;

            if (s->at[mid].address <= key) low = mid + 1;
            else high = mid;
        }
        const char *name = low > 0 ? (const char *)s + s->at[low - 1].name : "";

        if (name[0] != '\0') log_text(" %s+0x%x", name, (uint32_t)address - s->at[low - 1].address);
    }
    log_text("\n");
}

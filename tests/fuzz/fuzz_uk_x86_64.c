/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/arch/x86_64/start_info.c unikernel/arch/x86_64/acpi.c
// sources: unikernel/arch/x86_64/mptable.c unikernel/arch/x86_64/fs/modules.c unikernel/fs/boot.c lib/ranges.c
// sources: lib/fdt_cursor.c
/* Any bytes as the memory in which a PC's boot loader and firmware left their tables: nothing
 * outside of a window is read, and RAM is only what an entry says. With an odd first byte sums are
 * put right, which chance would not. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/must.h"
#include "unikernel/arch/x86_64/boot.h"

#define BASE_LAST   0x9fc00U
#define ROM         0xf0000U
#define ROM_LEN     0x10000U
#define TEXT        4096U
#define WINDOWS     4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *memory;
static size_t memory_len;
static const uint8_t *entries;      /* as they were shown */
static bool sums;
static void *windows[WINDOWS];
static unsigned used;

static uint8_t sum_of(const uint8_t *p, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++) sum = (uint8_t)(sum + p[i]);
    return sum;
}

static void put_right(uint8_t *p, uint64_t len)
{
    if (len >= 20 && memcmp(p, "RSD PTR ", 8) == 0) p[8] = (uint8_t)(p[8] - sum_of(p, 20));
    for (uint64_t i = 0; i + 16 <= len; i += 16) {
        if (memcmp(p + i, "_MP_", 4) == 0) p[i + 10] = (uint8_t)(p[i + 10] - sum_of(p + i, 16));
    }
    if (len >= 36 && (memcmp(p, "APIC", 4) == 0 || memcmp(p + 1, "SDT", 3) == 0))
        p[9] = (uint8_t)(p[9] - sum_of(p, len));
}

/* A copy of just these bytes, so that the sanitizer knows where they end. The last kilobyte of base
 * memory and the ROM show the same memory again; what is searched or a text may end in zeros. */
const void *boot_window(uint64_t pa, uint64_t len)
{
    uint64_t at = pa >= ROM && pa < ROM + ROM_LEN ? pa - ROM
                  : pa >= BASE_LAST               ? pa - BASE_LAST
                                                  : pa;
    uint8_t *copy;

    if (used == WINDOWS || len == 0 || len > 4 * MIB || at > memory_len) return NULL;
    if (len != ROM_LEN && len != 0x400 && len != TEXT && len > memory_len - at) return NULL;
    copy = calloc(1, len);
    if (copy == NULL) return NULL;
    memcpy(copy, memory + at, len < memory_len - at ? len : memory_len - at);
    if (sums) put_right(copy, len);
    windows[used++] = copy;
    if (used == 2) entries = copy;
    return copy;
}

/* Of an entry that says RAM. */
static bool is_an_edge(uint64_t at, bool upper)
{
    uint32_t count;

    memcpy(&count, memory + 48, 4);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t pa, len;
        uint32_t type;

        memcpy(&pa, entries + i * 24ULL, 8);
        memcpy(&len, entries + i * 24ULL + 8, 8);
        memcpy(&type, entries + i * 24ULL + 16, 4);
        if (type != 1) continue;
        if (upper ? align_down(pa + len, PAGE_SIZE) == at : pa <= at && at - pa < PAGE_SIZE) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct machine m;
    const char *why = NULL;
    uint64_t rsdp = 0;
    int got;

    if (size < 64) return 0;
    memory = data + 1;
    memory_len = size - 1;
    sums = data[0] & 1;
    memset(&m, 0, sizeof(m));
    got = start_info_read(&m, 0, &rsdp, &why);
    must(got == 0 || why != NULL);
    must(got != 0 || (m.ram.count > 0 && m.reserved.count > 0));
    for (uint32_t i = 0; got == 0 && i < m.ram.count; i++) {
        must(m.ram.at[i].base < m.ram.at[i].end && is_aligned(m.ram.at[i].base, PAGE_SIZE));
        must(is_an_edge(m.ram.at[i].base, false) && is_an_edge(m.ram.at[i].end, true));
    }
    must(m.bootargs == NULL || strlen(m.bootargs) < TEXT);
    acpi_read(&m, got == 0 ? rsdp : 64);
    if (m.cpus == 0) mptable_read(&m);
    must(m.cpus <= memory_len / 8 + ROM_LEN / 8);
    while (used > 0) free(windows[--used]);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* All RAM is there, in every run, holds zero before it is first written, and keeps what is
 * written, byte for byte. */
#include "tests/guests/lib/guest.h"

extern const char _start[], _end[];

static uint64_t used[2][2];             /* image and device tree: [from, to) */

static uint64_t page_up(uint64_t at)
{
    return align_up(at, 4096);
}

static bool is_free(uint64_t at)
{
    for (uint32_t i = 0; i < ARRAY_LEN(used); i++) {
        if (at >= used[i][0] && at < used[i][1]) return false;
    }
    return true;
}

static volatile uint64_t *word(uint64_t at)
{
    return (volatile uint64_t *)(uintptr_t)at;
}

static uint64_t pattern(uint64_t at)
{
    return at * UINT64_C(0x9e3779b97f4a7c15);
}

/* Backwards, so that the first touch of each 2 MiB is its last word. */
static void first_touch(uint64_t base, uint64_t end)
{
    uint32_t not_zero = 0;

    for (uint64_t at = end; at > base;) {
        at -= 8;
        if (is_free(at)) not_zero += *word(at) != 0;
    }
    report(not_zero == 0, "%lx to %lx: zero when first read", base, end);
}

static void fill(uint64_t base, uint64_t end)
{
    for (uint64_t at = base; at < end; at += 8) {
        if (is_free(at)) *word(at) = pattern(at);
    }
}

static void look(uint64_t base, uint64_t end)
{
    uint32_t wrong = 0;

    for (uint64_t at = base; at < end; at += 8) {
        if (is_free(at)) wrong += *word(at) != pattern(at);
    }
    report(wrong == 0, "%lx to %lx: keeps what was written", base, end);
}

static void each_run(const uint8_t *reg, uint32_t bytes, void (*todo)(uint64_t base, uint64_t end))
{
    for (uint32_t i = 0; i < bytes; i += 16) {
        uint64_t base = dtb_u64(reg + i);

        todo(base, base + dtb_u64(reg + i + 8));
    }
}

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes), *size = (const uint8_t *)guest_dtb + 4;
    uint64_t dtb = (uintptr_t)guest_dtb;

    used[0][0] = (uintptr_t)_start;
    used[0][1] = page_up((uintptr_t)_end);
    used[1][0] = align_down(dtb, 4096);
    used[1][1] = page_up(dtb + ((uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3]));
    print("%u runs\n", bytes / 16);
    each_run(memory, bytes, first_touch);
    each_run(memory, bytes, fill);              /* all of them before any is looked at: no two are the same memory */
    each_run(memory, bytes, look);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* All RAM is there, holds zero before it is first written, and keeps what is written, byte for byte. */
#include "tests/guests/lib/guest.h"

extern const char _end[];

static uint64_t page_up(const void *p)
{
    return align_up((uintptr_t)p, 4096);
}

void guest_main(void)
{
    uint32_t bytes, not_zero = 0, wrong = 0;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    uint64_t base = dtb_u64(memory), end = base + dtb_u64(memory + 8);
    uint64_t dtb = align_down((uintptr_t)guest_dtb, 4096), dtb_end, from;
    const uint8_t *size = (const uint8_t *)guest_dtb + 4;

    dtb_end = page_up((const char *)guest_dtb + ((uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3]));
    from = page_up(_end);

    /* Backwards, so that the first touch of each 2 MiB is its last word. */
    for (uint64_t at = end - 8; at >= from; at -= 8) {
        if (at >= dtb && at < dtb_end) continue;
        not_zero += *(volatile uint64_t *)(uintptr_t)at != 0;
    }
    report(not_zero == 0, "%u KiB are zero when first read", (unsigned)((end - from) / 1024));
    for (uint64_t at = from; at < end; at += 8) {
        if (at >= dtb && at < dtb_end) continue;
        *(volatile uint64_t *)(uintptr_t)at = at * UINT64_C(0x9e3779b97f4a7c15);
    }
    for (uint64_t at = from; at < end; at += 8) {
        if (at >= dtb && at < dtb_end) continue;
        wrong += *(volatile uint64_t *)(uintptr_t)at != at * UINT64_C(0x9e3779b97f4a7c15);
    }
    report(wrong == 0, "all of it keeps what was written");
}

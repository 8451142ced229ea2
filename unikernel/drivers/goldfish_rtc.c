/* SPDX-License-Identifier: Apache-2.0 */
/* Goldfish real-time clock: nanoseconds since 1970. Reading the low half latches the high one. */
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/map.h"
#include "lib/mmio.h"

#define TIME_LOW  0
#define TIME_HIGH 4

uint64_t arch_rtc_seconds(const struct machine *m)
{
    volatile void *rtc = m->rtc.len != 0 ? io_map(&m->rtc) : NULL;
    uint64_t low;

    if (rtc == NULL) return 0;
    low = mmio_read32(rtc, TIME_LOW);
    return ((uint64_t)mmio_read32(rtc, TIME_HIGH) << 32 | low) / 1000000000;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL031 real-time clock (DDI 0224): seconds since 1970. */
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/map.h"
#include "lib/mmio.h"

#define RTC_DR 0

uint64_t arch_rtc_seconds(const struct machine *m)
{
    volatile void *rtc = m->rtc.len != 0 ? io_map(&m->rtc) : NULL;

    return rtc != NULL ? mmio_read32(rtc, RTC_DR) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The PC's battery-backed clock (MC146818): read until two readings agree, so that no update came
 * between. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "lib/str.h"

#define PORT_INDEX  0x70
#define PORT_DATA   0x71
#define STATUS_B    0x0b
#define B_BINARY    BIT64(2)
#define B_24_HOURS  BIT64(1)
#define PM          0x80

enum { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, FIELDS };

static const uint8_t registers[FIELDS] = { 0, 2, 4, 7, 8, 9 };

static uint8_t cmos(uint8_t reg)
{
    port_write8(PORT_INDEX, reg);
    return port_read8(PORT_DATA);
}

static void read_all(uint8_t out[FIELDS])
{
    for (unsigned i = 0; i < FIELDS; i++) out[i] = cmos(registers[i]);
}

static unsigned decimal(uint8_t v, uint8_t mode)
{
    return mode & B_BINARY ? v : (v & 15U) + (v >> 4) * 10U;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March here. */
static uint64_t days(uint64_t year, unsigned month, unsigned day)
{
    uint64_t y = month < 3 ? year - 1 : year, m = month < 3 ? month + 9 : month - 3;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

uint64_t arch_rtc_seconds(const struct machine *m)
{
    uint8_t now[FIELDS], again[FIELDS], mode = cmos(STATUS_B);
    unsigned hour, month;

    read_all(now);
    for (unsigned tries = 0; tries < 8; tries++) {
        read_all(again);
        if (memcmp(now, again, FIELDS) == 0) break;
        memcpy(now, again, FIELDS);
    }
    hour = decimal(now[HOUR] & 0x7f, mode);
    if (!(mode & B_24_HOURS)) hour = hour % 12 + (now[HOUR] & PM ? 12 : 0);
    month = decimal(now[MONTH], mode);
    if (month < 1 || month > 12) return 0;
    return days(2000 + decimal(now[YEAR], mode), month, decimal(now[DAY], mode)) * 86400 +
           hour * 3600 + decimal(now[MINUTE], mode) * 60 + decimal(now[SECOND], mode);
}

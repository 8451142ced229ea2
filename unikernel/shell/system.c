/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked about the system as a whole, and its end. */
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/bootargs.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/date.h"
#include "lib/str.h"

#define NS_PER_S 1000000000ULL

void command_free(const struct words *w)
{
    struct pages_stat p;
    struct space_stat s;

    pages_stat(&p);
    space_stat(&s);
    log_text("heap:     total %lu KiB, used %lu KiB, free %lu KiB\n", p.total * 4,
             (p.total - p.free) * 4, p.free * 4);
    log_text("virtual:  application holds %lu KiB, is promised %lu KiB more\n", s.backed * 4,
             (p.free - MIN(p.left, p.free)) * 4);
    log_text("physical: %lu KiB never used, free blocks:\n", p.untouched * 4);
    for (unsigned o = 0; o <= PAGES_MAX_ORDER; o++) {
        log_text("  %5u KiB: %u\n", 4U << o, p.free_blocks[o]);
    }
}

/* 02:03:04 */
static void print_time(uint64_t seconds)
{
    log_text("%02u:%02u:%02u", (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60),
             (unsigned)(seconds % 60));
}

void command_uptime(const struct words *w)
{
    uint64_t seconds = time_ns() / NS_PER_S;

    log_text("up %lu days, ", seconds / DAY_S);
    print_time(seconds);
    log_text("\n");
}

void command_date(const struct words *w)
{
    uint64_t seconds = time_wall_ns() / NS_PER_S;
    struct date d = date_of(seconds / DAY_S);

    log_text("%.3s %.3s %2u ", &"SunMonTueWedThuFriSat"[3 * d.weekday],
             &"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * d.month], d.day);
    print_time(seconds);
    log_text(" UTC %u\n", d.year);
}

/* As main was given it. */
void command_env(const struct words *w)
{
    static char text[BOOTARGS_TEXT];
    char *args[BOOTARGS_WORDS];
    unsigned n;

    (void)str_copy(text, sizeof(text), machine.bootargs != NULL ? machine.bootargs : "");
    n = bootargs_split(text, args, BOOTARGS_WORDS);
    n = bootargs_environment(args, n);
    for (unsigned i = 0; i < n; i++) log_text("%s\n", args[i]);
    log_text("HOME=/\n");
}

void command_exit(const struct words *w)   { system_shutdown(system_status()); }
void command_reboot(const struct words *w) { arch_reset(); }

/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/time.h"
#include "lib/fmt.h"

#define LINE ((void *)1)

/* What one call prints stays together, whatever other threads print. */
void log_vtext(const char *format, va_list args)
{
    OUTPUT_SCOPED();
    fmt_vput(log_put, NULL, format, args);
}

void log_text(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vtext(format, args);
    va_end(args);
}

static void put_text(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(log_put, LINE, format, args);
    va_end(args);
}

void log_print(enum log_level level, const char *module, const char *format, ...)
{
    uint64_t ms = time_ns() / 1000000;
    va_list args;

    if (level > uk_log_level) return;
    OUTPUT_SCOPED();
    put_text("[%4u.%03u][%c][core %u][%s] ", (unsigned)(ms / 1000), (unsigned)(ms % 1000),
             "EWID"[level], cpu_self()->index, module);
    va_start(args, format);
    fmt_vput(log_put, LINE, format, args);
    va_end(args);
    log_put(LINE, '\n');
}

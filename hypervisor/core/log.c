/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/log.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/timer.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/console.h"
#include "lib/ring.h"
#include "lib/str.h"

#define LOG_BYTES       16384u
#define LINE_MAX        200u
#define VM_LINES_PER_S  64u

static uint8_t log_buf[LOG_BYTES];
static struct text_ring ring;
static struct spinlock lock;
static bool uart_is_taken;
static int32_t beyond_info;     /* 0 at boot: initialised ones would take a page of the image */

uint32_t log_level(void)
{
    return (uint32_t)(SHYPER_LOG_INFO + __atomic_load_n(&beyond_info, __ATOMIC_RELAXED));
}

void log_set_level(uint32_t level)
{
    __atomic_store_n(&beyond_info, (int32_t)level - SHYPER_LOG_INFO, __ATOMIC_RELAXED);
}

static size_t stamp(char *line, size_t size)
{
    uint64_t ms = time_ns() / 1000000u;

    return fmt_text(line, size, "[%4lu.%03lu] ", ms / 1000, ms % 1000);
}

/* The line ends with a newline even when it was cut. */
static size_t close_line(char *line, size_t used)
{
    used = MIN(used, (size_t)LINE_MAX - 2);
    line[used++] = '\n';
    line[used] = '\0';
    return used;
}

static void ring_text(struct text_ring *r, const char *line, size_t n)
{
    uint8_t *buf = r->buf;
    uint64_t at = r->next;

    for (size_t i = 0; i < n; i++) buf[at++ & (r->size - 1)] = (uint8_t)line[i];
    r->next = at;
}

static void put(enum shyper_log_level level, const char *tag, const char *format, va_list args)
{
    static const char mark[] = { 'E', 'W', 'I', 'D' };
    char line[LINE_MAX];
    size_t n = stamp(line, sizeof(line));

    n += fmt_text(line + n, sizeof(line) - n, "%c %s: ", mark[level], tag);
    if (n < sizeof(line)) n += fmt_vtext(line + n, sizeof(line) - n, format, args);
    n = close_line(line, n);
    spin_lock(&lock);
    ring.buf = log_buf;
    ring.size = LOG_BYTES;
    ring_text(&ring, line, n);
    if (!uart_is_taken) console_text(line);
    spin_unlock(&lock);
}

void log_at(enum shyper_log_level level, const char *tag, const char *format, ...)
{
    va_list args;

    if (level > log_level()) return;
    va_start(args, format);
    put(level, tag, format, args);
    va_end(args);
}

/* A guest that errs or acts in a loop costs lines, and only so many per second. Its log_lock is held. */
static bool line_allowed(struct vm *vm)
{
    uint64_t second = time_ns() / 1000000000u;

    if (second != vm->log_second) {
        vm->log_second = second;
        vm->log_lines = 0;
    }
    return vm->log_lines++ < VM_LINES_PER_S;
}

void log_debug(struct vm *vm, const char *format, ...)
{
    va_list args;

    if (likely(log_level() < SHYPER_LOG_DEBUG)) return;
    spin_guard(&vm->log_lock);
    if (!line_allowed(vm)) return;
    va_start(args, format);
    put(SHYPER_LOG_DEBUG, vm->config.name, format, args);
    va_end(args);
}

void log_vm(struct vm *vm, const char *format, ...)
{
    char line[LINE_MAX];
    size_t n;
    va_list args;
    spin_guard(&vm->log_lock);

    if (vm->log.buf == NULL || !line_allowed(vm)) return;
    n = stamp(line, sizeof(line));
    va_start(args, format);
    n += fmt_vtext(line + n, sizeof(line) - n, format, args);
    va_end(args);
    ring_text(&vm->log, line, close_line(line, n));
}

uint32_t log_read(uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost)
{
    spin_guard(&lock);

    return text_ring_read(&ring, cursor, out, len, lost);
}

uint32_t log_vm_read(struct vm *vm, uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost)
{
    spin_guard(&vm->log_lock);

    return text_ring_read(&vm->log, cursor, out, len, lost);
}

static void set_uart_is_taken(bool taken)
{
    spin_guard(&lock);

    uart_is_taken = taken;
}

void log_leave_uart(void) { set_uart_is_taken(true); }
void log_take_uart(void)  { set_uart_is_taken(false); }

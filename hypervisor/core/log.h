/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: `[ssss.mmm] L tag: text`. They go to a ring the MVM can read and, until the MVM owns
 * the console (or for ever without one), to the UART; those above the level go nowhere. VM logs
 * are rings of their own. The panic path takes no locks. */
#pragma once

#include "abi/vm.h"
#include "hypervisor/core/types.h"
#include "lib/fmt.h"

/** SHYPER_LOG_*; the management VM sets it. */
uint32_t log_level(void);
void log_set_level(uint32_t level);

void log_at(enum shyper_log_level level, const char *tag, const char *format, ...)
    printf_like(3, 4);
/** What a VM does, step by step: level debug, and at most a bounded number of lines per second. */
void log_debug(struct vm *vm, const char *format, ...) printf_like(2, 3);
/** Into the VM's own log (`shyper vm log`), at most a bounded number of lines per second. */
void log_vm(struct vm *vm, const char *format, ...) printf_like(2, 3);

#define log_error(tag, ...) log_at(SHYPER_LOG_ERROR, tag, __VA_ARGS__)
#define log_warn(tag, ...)  log_at(SHYPER_LOG_WARN, tag, __VA_ARGS__)
#define log_info(tag, ...)  log_at(SHYPER_LOG_INFO, tag, __VA_ARGS__)

/** An invariant of ours is broken: registers, symbolised backtrace, trace tail; the other cores
 * stop; the machine resets. */
void noreturn_fn panic(const char *format, ...) printf_like(1, 2);

#define BUG_ON(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(cond)) panic("%s:%d: %s", __FILE_NAME__, __LINE__, #cond);                    \
    } while (0)

/** Copy log text from cursor on; see text_ring_read. */
uint32_t log_read(uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost);
uint32_t log_vm_read(struct vm *vm, uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost);

/** From now on lines no longer go to the UART: a VM has it. Panics still do. */
void log_leave_uart(void);
/** That VM has ended. */
void log_take_uart(void);

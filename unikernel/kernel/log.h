/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own messages: [ssss.mmm][L][core n][module] text */
#pragma once

#include <stdarg.h>
#include "lib/compiler.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* What is above the image's level (make LOG=) is not printed. */
extern const uint8_t uk_log_level;

#define log_error(module, ...) log_print(LOG_ERROR, module, __VA_ARGS__)
#define log_warn(module, ...)  log_print(LOG_WARN, module, __VA_ARGS__)
#define log_info(module, ...)  log_print(LOG_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_print(LOG_DEBUG, module, __VA_ARGS__)

/** One line, newline added. Any context. */
void log_print(enum log_level level, const char *module, const char *format, ...) printf_like(3, 4);

/** Text as it is, to the console. */
void log_text(const char *format, ...) printf_like(1, 2);
void log_vtext(const char *format, va_list args);

/** Where all of it goes; output is locked. line: NULL unless it is of one that log_print writes, which a
 * shell keeps (shell/dmesg.c). */
void log_put(void *line, char c);

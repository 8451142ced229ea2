/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own messages: [ssss.mmm][L][core n][module] text */
#pragma once

#include <stdarg.h>
#include "lib/compiler.h"

#define log_error(module, ...) log_print('E', module, __VA_ARGS__)
#define log_warn(module, ...)  log_print('W', module, __VA_ARGS__)
#define log_info(module, ...)  log_print('I', module, __VA_ARGS__)

/** One line, newline added. Any context. */
void log_print(char level, const char *module, const char *format, ...) printf_like(3, 4);

/** Text as it is, to the console. */
void log_text(const char *format, ...) printf_like(1, 2);
void log_vtext(const char *format, va_list args);

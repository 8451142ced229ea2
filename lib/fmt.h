/* SPDX-License-Identifier: Apache-2.0 */
/* Formatted text without a C library: %d %i %u %x %X %c %s %p %%, with l/ll/z, a width, and the
 * flags 0 and -. */
#pragma once

#include <stdarg.h>
#include "lib/compiler.h"

/** Takes one byte of output. */
typedef void (*fmt_put)(void *to, char c);

void fmt_vput(fmt_put put, void *to, const char *format, va_list args);

/**
 * Format into out[size], always terminated when size > 0.
 * @return length the whole text has, which may be >= size when it was cut
 */
size_t fmt_vtext(char *out, size_t size, const char *format, va_list args);
size_t fmt_text(char *out, size_t size, const char *format, ...) printf_like(3, 4);

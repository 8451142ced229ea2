/* SPDX-License-Identifier: Apache-2.0 */
/* The string.h functions our freestanding code and libfdt use. lib/str.c supplies them to the
 * kernels; on the host the C library does. They touch general registers only and access memory by
 * natural alignment. */
#pragma once

#include "lib/compiler.h"

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *at, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *at, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
#endif

/** Zeros where nobody will read again, which a compiler would leave out. */
static inline void mem_wipe(void *at, size_t n)
{
    memset(at, 0, n);
    __asm__ volatile("" :: "r"(at) : "memory");
}

/** Copy s into out[size], always terminated. False when it did not fit (out then holds the
 * beginning). */
static inline bool str_copy(char *out, size_t size, const char *s)
{
    size_t n = strnlen(s, size);
    bool fits = n < size;

    if (!fits) n = size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
    return fits;
}

/** Where s stands in a list of texts; count: it does not. */
static inline uint32_t str_index(const char *s, const char *const *list, uint32_t count)
{
    uint32_t i = 0;

    while (i < count && (list[i][0] != s[0] || strcmp(list[i], s) != 0)) i++;
    return i;
}

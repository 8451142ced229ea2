/* SPDX-License-Identifier: Apache-2.0 */
/* string.h for freestanding code. Word-sized inner loops where both ends are aligned; the empty asm
 * statements keep the compiler from recognising a loop as memcpy or memset and calling the function
 * from itself. */
#include "lib/str.h"

typedef uint64_t __attribute__((may_alias)) word_t;

#define PIECE 128u      /* bytes copied per round of the main loop */

/* All loads before all stores: the compiler makes pairs of them. Assigning a structure instead
 * would, when building for size, be a call of memcpy. */
static inline void copy_piece(word_t *d, const word_t *s)
{
    word_t w0 = s[0], w1 = s[1], w2 = s[2], w3 = s[3], w4 = s[4], w5 = s[5], w6 = s[6], w7 = s[7];
    word_t w8 = s[8], w9 = s[9], wa = s[10], wb = s[11], wc = s[12], wd = s[13], we = s[14],
           wf = s[15];

    __asm__ volatile("" ::: "memory");
    d[0] = w0, d[1] = w1, d[2] = w2, d[3] = w3, d[4] = w4, d[5] = w5, d[6] = w6, d[7] = w7;
    d[8] = w8, d[9] = w9, d[10] = wa, d[11] = wb, d[12] = wc, d[13] = wd, d[14] = we, d[15] = wf;
}

#define WORDS_ALIGNED(a, b) (((((uintptr_t)(a)) | ((uintptr_t)(b))) & 7) == 0)

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (WORDS_ALIGNED(d, s)) {
        for (; n >= PIECE; n -= PIECE, d += PIECE, s += PIECE) {
            copy_piece((word_t *)(void *)d, (const word_t *)(const void *)s);
            __asm__ volatile("" ::: "memory");
        }
        for (; n >= 8; n -= 8, d += 8, s += 8) {
            *(word_t *)(void *)d = *(const word_t *)(const void *)s;
            __asm__ volatile("" ::: "memory");
        }
    }
    for (; n > 0; n--) {
        *d++ = *s++;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s || d >= s + n) {
        if (d + n <= s || d >= s + n) return memcpy(to, from, n);
        for (; n > 0; n--) {
            *d++ = *s++;
            __asm__ volatile("" ::: "memory");
        }
        return to;
    }
    while (n-- > 0) {
        d[n] = s[n];
        __asm__ volatile("" ::: "memory");
    }
    return to;
}

void *memset(void *at, int c, size_t n)
{
    uint8_t *d = at;
    uint64_t v = (uint8_t)c * UINT64_C(0x0101010101010101);

    for (; n > 0 && ((uintptr_t)d & 7) != 0; n--) {
        *d++ = (uint8_t)c;
        __asm__ volatile("" ::: "memory");
    }
    for (; n >= 64; n -= 64, d += 64) {
        word_t *w = (word_t *)(void *)d;

        w[0] = v; w[1] = v; w[2] = v; w[3] = v; w[4] = v; w[5] = v; w[6] = v; w[7] = v;
    }
    for (; n >= 8; n -= 8, d += 8) {
        *(word_t *)(void *)d = v;
        __asm__ volatile("" ::: "memory");
    }
    for (; n > 0; n--) {
        *d++ = (uint8_t)c;
        __asm__ volatile("" ::: "memory");
    }
    return at;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;

    for (; n > 0; n--, x++, y++) {
        if (*x != *y) return *x - *y;
    }
    return 0;
}

void *memchr(const void *at, int c, size_t n)
{
    const uint8_t *p = at;

    for (; n > 0; n--, p++) {
        if (*p == (uint8_t)c) return (void *)(uintptr_t)p;
    }
    return NULL;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n] != '\0') n++;
    return n;
}

size_t strlen(const char *s)
{
    const char *end = s;

    for (; *end != '\0'; end++) __asm__ volatile("");
    return (size_t)(end - s);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
        if (*a == '\0') break;
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    for (; *a == *b && *a != '\0'; a++, b++) continue;
    return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c) return (char *)(uintptr_t)s;
        if (*s == '\0') return NULL;
    }
}

char *strrchr(const char *s, int c)
{
    const char *found = NULL;

    for (;; s++) {
        if (*s == (char)c) found = s;
        if (*s == '\0') return (char *)(uintptr_t)found;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/number.h"

#include <string.h>

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') { return (unsigned)(c - '0'); }
    if (c >= 'a' && c <= 'f') { return (unsigned)(c - 'a') + 10; }
    if (c >= 'A' && c <= 'F') { return (unsigned)(c - 'A') + 10; }
    return 99;
}

/* Digits of one base up to `end`; at least one. */
static bool digits_value(const char *s, const char *end, unsigned base, uint64_t *out)
{
    uint64_t v = 0;

    if (s == end) { return false; }
    for (; s < end; s++) {
        unsigned d = digit_value(*s);

        if (d >= base || __builtin_mul_overflow(v, base, &v) || !add_ok(&v, v, d)) { return false; }
    }
    *out = v;
    return true;
}

static bool number_until(const char *s, const char *end, uint64_t *out)
{
    if (end - s > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        return digits_value(s + 2, end, 16, out);
    }
    if (end - s > 2 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
        return digits_value(s + 2, end, 2, out);
    }
    return digits_value(s, end, 10, out);
}

bool number_from_text(const char *s, uint64_t *out)
{
    return number_until(s, s + strlen(s), out);
}

bool size_from_text(const char *s, uint64_t *out)
{
    const char *end = s + strlen(s);
    uint64_t n, unit = 1;

    if (end == s) { return false; }
    switch (end[-1]) {
    case 'K':
    case 'k':
        unit = KIB;
        end--;
        break;
    case 'M':
    case 'm':
        unit = MIB;
        end--;
        break;
    case 'G':
    case 'g':
        unit = GIB;
        end--;
        break;
    default: break;
    }
    if (!number_until(s, end, &n) || __builtin_mul_overflow(n, unit, &n)) { return false; }
    *out = n;
    return true;
}

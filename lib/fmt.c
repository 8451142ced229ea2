/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fmt.h"
#include "lib/str.h"

struct spec {
    unsigned width;
    int precision;              /* -1: none given */
    bool zero, left;
};

static void pad(fmt_put put, void *to, char c, unsigned n)
{
    while (n-- > 0) put(to, c);
}

static void put_text(fmt_put put, void *to, const struct spec *s, const char *text, size_t len)
{
    unsigned fill = len < s->width ? s->width - (unsigned)len : 0;

    if (!s->left) pad(put, to, ' ', fill);
    for (size_t i = 0; i < len; i++) put(to, text[i]);
    if (s->left) pad(put, to, ' ', fill);
}

static void put_number(fmt_put put, void *to, const struct spec *s, uint64_t v, unsigned base,
                       bool negative, const char *digits)
{
    char text[24];
    unsigned at = sizeof(text), len;

    do {
        text[--at] = digits[v % base];
        v /= base;
    } while (v != 0);
    if (s->zero && !s->left) {
        unsigned room = s->width > (negative ? 1U : 0U) ? s->width - (negative ? 1U : 0U) : 0;

        while ((unsigned)sizeof(text) - at < room && at > 1) text[--at] = '0';
    }
    if (negative) text[--at] = '-';
    len = (unsigned)sizeof(text) - at;
    put_text(put, to, s, text + at, len);
}

static const char *parse_spec(const char *f, struct spec *s, int *longs)
{
    *s = (struct spec){ .precision = -1 };
    *longs = 0;
    for (;; f++) {
        if (*f == '0') s->zero = true;
        else if (*f == '-') s->left = true;
        else break;
    }
    while (*f >= '0' && *f <= '9') s->width = s->width * 10 + (unsigned)(*f++ - '0');
    if (*f == '.') {
        s->precision = 0;
        for (f++; *f >= '0' && *f <= '9'; f++) s->precision = s->precision * 10 + (*f - '0');
    }
    for (; *f == 'l' || *f == 'z'; f++) (*longs)++;
    return f;
}

void fmt_vput(fmt_put put, void *to, const char *f, va_list args)
{
    for (; *f != '\0'; f++) {
        struct spec s;
        int longs;

        if (*f != '%') {
            put(to, *f);
            continue;
        }
        f = parse_spec(f + 1, &s, &longs);
        switch (*f) {
        case 'd':
        case 'i': {
            int64_t v = longs > 0 ? va_arg(args, int64_t) : va_arg(args, int);

            put_number(put, to, &s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, "0123456789");
            break;
        }
        case 'u':
        case 'x':
        case 'X': {
            uint64_t v = longs > 0 ? va_arg(args, uint64_t) : va_arg(args, unsigned);

            put_number(put, to, &s, v, *f == 'u' ? 10 : 16, false,
                       *f == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");
            break;
        }
        case 'p':
            put(to, '0');
            put(to, 'x');
            put_number(put, to, &s, (uintptr_t)va_arg(args, void *), 16, false, "0123456789abcdef");
            break;
        case 'c': {
            char c = (char)va_arg(args, int);

            put_text(put, to, &s, &c, 1);
            break;
        }
        case 's': {
            const char *text = va_arg(args, const char *);
            size_t max = s.precision < 0 ? SIZE_MAX : (size_t)s.precision;

            if (text == NULL) text = "(null)";
            put_text(put, to, &s, text, strnlen(text, max));
            break;
        }
        case '\0':
            return;
        default:
            put(to, *f);
        }
    }
}

struct text_out {
    char *at;
    size_t size, len;
};

static void put_bounded(void *to, char c)
{
    struct text_out *o = to;

    if (o->len + 1 < o->size) o->at[o->len] = c;
    o->len++;
}

size_t fmt_vtext(char *out, size_t size, const char *format, va_list args)
{
    struct text_out o = { .at = out, .size = size };

    fmt_vput(put_bounded, &o, format, args);
    if (size > 0) out[MIN(o.len, size - 1)] = '\0';
    return o.len;
}

size_t fmt_text(char *out, size_t size, const char *format, ...)
{
    va_list args;
    size_t n;

    va_start(args, format);
    n = fmt_vtext(out, size, format, args);
    va_end(args);
    return n;
}

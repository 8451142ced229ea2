/* SPDX-License-Identifier: Apache-2.0 */
/* Every refusal says what was found and what would do. Keys and values quoted from the input are
 * cut, so that one error never drowns the others. */
#include "mvm/libshyper/profile_json.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/str.h"

static size_t reader_append(struct reader *r, const char *format, ...) printf_like(2, 3);

static size_t reader_append(struct reader *r, const char *format, ...)
{
    size_t mark = r->path_len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(r->path + mark, sizeof r->path - mark, format, args);
    va_end(args);
    if (n > 0) { r->path_len = MIN(mark + (size_t)n, sizeof r->path - 1); }
    return mark;
}

size_t reader_enter(struct reader *r, const char *key)
{
    return reader_append(r, "%s%.40s", r->path_len > 0 ? "." : "", key);
}

size_t reader_enter_at(struct reader *r, size_t index)
{
    return reader_append(r, "[%zu]", index);
}

void reader_leave(struct reader *r, size_t mark)
{
    r->path_len = mark;
    r->path[mark] = '\0';
}

bool reader_refuse(struct reader *r, const char *key, const char *reason, ...)
{
    size_t mark = key != NULL ? reader_enter(r, key) : r->path_len;
    char text[sizeof r->e->at[0].reason];
    va_list args;

    va_start(args, reason);
    (void)vsnprintf(text, sizeof text, reason, args);
    va_end(args);
    (void)profile_refuse(r->e, r->path, "%s", text);
    reader_leave(r, mark);
    return false;
}

/* Edit distance (insert, delete, replace), for short words only. */
static unsigned word_distance(const char *a, const char *b)
{
    unsigned row[41];
    size_t n = strnlen(b, ARRAY_LEN(row) - 1);

    for (unsigned j = 0; j <= n; j++) { row[j] = j; }
    for (unsigned i = 0; a[i] != '\0'; i++) {
        unsigned diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            unsigned replace = diagonal + (a[i] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, replace);
        }
    }
    return row[n];
}

static void key_refuse(struct reader *r, const char *key, const char *const *keys)
{
    const char *nearest = NULL;
    unsigned best = ~0u;
    char known[320] = "";
    size_t len = 0;

    for (const char *const *k = keys; *k != NULL; k++) {
        unsigned d = strnlen(key, 41) > 40 ? ~0u : word_distance(key, *k);

        if (d < best) {
            best = d;
            nearest = *k;
        }
        len += (size_t)snprintf(known + MIN(len, sizeof known - 1),
                                sizeof known - MIN(len, sizeof known - 1), "%s%s",
                                len > 0 ? ", " : "", *k);
    }
    if (nearest != NULL && best <= MAX(2u, (unsigned)strlen(nearest) / 3)) {
        (void)reader_refuse(r, key, "unknown key; did you mean \"%s\"?", nearest);
    } else {
        (void)reader_refuse(r, key, "unknown key; known here: %s", known);
    }
}

bool read_object(struct reader *r, json_t *v, const char *const *keys)
{
    bool good = true;

    if (!json_is_object(v)) { return reader_refuse(r, NULL, "has to be an object { … }"); }
    for (void *at = json_object_iter(v); at != NULL; at = json_object_iter_next(v, at)) {
        const char *key = json_object_iter_key(at);
        const char *const *k = keys;

        while (*k != NULL && strcmp(*k, key) != 0) { k++; }
        if (*k == NULL) {
            key_refuse(r, key, keys);
            good = false;
        }
    }
    return good;
}

json_t *read_member(struct reader *r, json_t *object, const char *key, bool needed)
{
    json_t *v = json_object_get(object, key);

    if (v != NULL && !json_is_null(v)) { return v; }
    if (needed) { (void)reader_refuse(r, key, "is missing"); }
    return NULL;
}

bool read_string(struct reader *r, json_t *object, const char *key, bool needed, const char **out)
{
    json_t *v = read_member(r, object, key, needed);

    if (v == NULL) { return false; }
    if (!json_is_string(v)) { return reader_refuse(r, key, "has to be a string \"…\""); }
    if (strlen(json_string_value(v)) != json_string_length(v)) {
        return reader_refuse(r, key, "must not hold a zero character");
    }
    *out = json_string_value(v);
    return true;
}

bool read_list(struct reader *r, json_t *object, const char *key, bool needed, json_t **out)
{
    json_t *v = read_member(r, object, key, needed);

    if (v == NULL) { return false; }
    if (!json_is_array(v)) { return reader_refuse(r, key, "has to be a list [ … ]"); }
    *out = v;
    return true;
}

bool read_int(struct reader *r, json_t *object, const char *key, bool needed, int64_t min,
              int64_t max, int64_t *out)
{
    json_t *v = read_member(r, object, key, needed);

    if (v == NULL) { return false; }
    if (!json_is_integer(v)) {
        return reader_refuse(r, key, "has to be an integer without quotes");
    }
    if (json_integer_value(v) < min || json_integer_value(v) > max) {
        return reader_refuse(r, key, "is %lld; has to be from %lld to %lld",
                             (long long)json_integer_value(v), (long long)min, (long long)max);
    }
    *out = json_integer_value(v);
    return true;
}

bool read_address(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out)
{
    json_t *v = read_member(r, object, key, needed);
    const char *s = json_string_value(v);
    uint64_t n;

    if (v == NULL) { return false; }
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        *out = (uint64_t)json_integer_value(v);
        return true;
    }
    /* Decimal digits in quotes are refused but for "0": somebody who left the 0x out would get
     * another address. */
    if (s != NULL && (strcmp(s, "0") == 0 || (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))) &&
        number_from_text(s, &n) && n != PROFILE_CHOOSE) {
        *out = n;
        return true;
    }
    return reader_refuse(r, key, "has to be a hexadecimal number as \"0x80000000\", or \"0\"");
}

bool read_bitmap(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out)
{
    json_t *v = read_member(r, object, key, needed);
    const char *s = json_string_value(v);

    if (v == NULL) { return false; }
    if (s != NULL && s[0] == '0' && (s[1] == 'b' || s[1] == 'B' || s[1] == 'x') &&
        number_from_text(s, out)) {
        return true;
    }
    return reader_refuse(r, key, "has to be a bitmap of up to 64 CPUs as \"0b0110\"");
}

bool read_size(struct reader *r, json_t *object, const char *key, bool needed, uint64_t *out)
{
    json_t *v = read_member(r, object, key, needed);
    const char *s = json_string_value(v);

    if (v == NULL) { return false; }
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        *out = (uint64_t)json_integer_value(v);
        return true;
    }
    if (s != NULL && size_from_text(s, out)) { return true; }
    return reader_refuse(r, key, "has to be a size as \"64M\", \"1G\" or a number of bytes");
}

bool read_numbers(struct reader *r, json_t *object, const char *key, uint32_t max, uint32_t *out,
                  uint32_t *count)
{
    json_t *list = NULL;
    size_t n;

    if (!read_list(r, object, key, OPTIONAL, &list)) { return false; }
    n = json_array_size(list);
    if (n > max) {
        return reader_refuse(r, key, "has %zu entries; at most %u are possible", n, max);
    }
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_array_get(list, i);
        const char *s = json_string_value(v);
        uint64_t number = UINT64_MAX;

        if (json_is_integer(v) && json_integer_value(v) >= 0) {
            number = (uint64_t)json_integer_value(v);
        } else if (s != NULL && !number_from_text(s, &number)) {
            number = UINT64_MAX;
        }
        if (number > UINT32_MAX) {
            return reader_refuse(
                r, key,
                "entry %zu has to be a number from 0 to 0xffffffff, as 8, \"0x8\" or \"0b1000\"",
                i);
        }
        out[i] = (uint32_t)number;
    }
    *count = (uint32_t)n;
    return true;
}

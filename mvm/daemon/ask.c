/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a client says is looked at here, before anything is done: what is not in the table, is
 * of another type, too large, missing or too much is refused. */
#include "mvm/daemon/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/str.h"

printf_like(2, 3)
static bool bad(char why[ASK_WHY_BYTES], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why, ASK_WHY_BYTES, format, args);
    va_end(args);
    return false;
}

/* The members of an object besides "op"; each is taken at most once, and none may be left. */
struct members {
    json_t *object;
    size_t taken;
    char *why;
};

static json_t *member(struct members *m, const char *key)
{
    json_t *value = json_object_get(m->object, key);

    m->taken += value != NULL;
    return value;
}

static bool number(struct members *m, const char *key, uint64_t max, uint64_t *out)
{
    json_t *value = member(m, key);

    if (!json_is_integer(value)) { return bad(m->why, "\"%s\" has to be a number", key); }
    *out = (uint64_t)json_integer_value(value);
    return *out <= max || bad(m->why, "\"%s\" is too large", key);
}

static bool text(struct members *m, const char *key, char *to, size_t room, size_t *bytes)
{
    ssize_t length = wire_to_text(member(m, key), to, room);

    if (length < 0) {
        return bad(m->why, "\"%s\" has to be a text of at most %zu bytes", key, room);
    }
    *bytes = (size_t)length;
    return true;
}

/* A text without zeros inside; `to` gets one at its end. */
static bool word(struct members *m, const char *key, char *to, size_t size)
{
    size_t bytes = 0;

    if (!text(m, key, to, size - 1, &bytes)) { return false; }
    to[bytes] = '\0';
    return (bytes > 0 && strlen(to) == bytes) || bad(m->why, "\"%s\" is empty or holds a zero", key);
}

static bool all_taken(const struct members *m)
{
    return m->taken == json_object_size(m->object) || bad(m->why, "there are unknown members");
}

static bool image(json_t *from, struct shyper_image *to, char *why)
{
    struct members m = { .object = from, .why = why };

    return number(&m, "ipa", UINT64_MAX, &to->ipa) && number(&m, "bytes", UINT64_MAX, &to->bytes) &&
           all_taken(&m);
}

static bool config(struct members *m, const int *files, unsigned file_count,
                   struct shyper_config *to)
{
    json_t *images = member(m, "images");

    if (!word(m, "name", to->name, sizeof to->name) ||
        !word(m, "profile", to->profile, sizeof to->profile)) {
        return false;
    }
    if (!json_is_array(images) || json_array_size(images) > SHYPER_LOADS_MAX) {
        return bad(m->why, "\"images\" has to be a list of at most %d", SHYPER_LOADS_MAX);
    }
    to->count = (unsigned)json_array_size(images);
    if (file_count != 1 + to->count) {
        return bad(m->why, "%u files came along where there have to be %u", file_count,
                   1 + to->count);
    }
    to->blob = files[0];
    for (unsigned i = 0; i < to->count; i++) {
        to->image[i].fd = files[1 + i];
        if (!image(json_array_get(images, i), &to->image[i], m->why)) { return false; }
    }
    return true;
}

static bool arguments(struct members *m, const int *files, unsigned file_count, struct ask *out)
{
    uint64_t number_read = 0, bytes = 0;

    if (file_count != 0 && out->op->shape != WIRE_CONFIG) {
        return bad(m->why, "files came along, which \"%s\" does not take", out->op->name);
    }
    switch (out->op->shape) {
    case WIRE_ID:
    case WIRE_LEVEL:
        if (!number(m, out->op->shape == WIRE_ID ? "id" : "level", UINT32_MAX, &number_read)) {
            return false;
        }
        out->number = (uint32_t)number_read;
        return true;
    case WIRE_READ:
        if (!number(m, "cursor", UINT64_MAX, &out->cursor) ||
            !number(m, "bytes", WIRE_SHOWN_MAX, &bytes)) {
            return false;
        }
        out->bytes = (uint32_t)bytes;
        return true;
    case WIRE_WRITE:
        return text(m, "text", out->typed, sizeof out->typed, &out->typed_bytes);
    case WIRE_CONFIG:
        return config(m, files, file_count, &out->config);
    default:
        return true;
    }
}

static bool decode(json_t *root, const int *files, unsigned file_count, struct ask *out, char *why)
{
    struct members m = { .object = root, .why = why };
    const char *op = json_string_value(member(&m, "op"));

    if (op == NULL) { return bad(why, "a request is an object with \"op\""); }
    out->op = wire_op_named(op);
    if (out->op == NULL) { return bad(why, "\"op\" is unknown: %.40s", op); }
    return arguments(&m, files, file_count, out) && all_taken(&m);
}

bool ask_decode(const char *line, size_t bytes, const int *files, unsigned file_count,
                struct ask *out, char why[ASK_WHY_BYTES])
{
    json_error_t error;
    json_t *root = json_loadb(line, bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    bool good;

    *out = (struct ask){ 0 };
    if (root == NULL) { return bad(why, "no JSON: %.100s", error.text); }
    good = decode(root, files, file_count, out, why);
    json_decref(root);
    return good;
}

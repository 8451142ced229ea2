/* SPDX-License-Identifier: Apache-2.0 */
/* How results and failures leave the program. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mvm/cli/cli.h"

int failed(int status, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fputs("shyper: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return status;
}

void note(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int out_json(json_t *value)
{
    int ret;

    if (value == NULL) {
        return failed(EXIT_FAILED, "out of memory");
    }
    ret = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(value);
    putchar('\n');
    return ret == 0 ? EXIT_OK : failed(EXIT_FAILED, "cannot write the result");
}

json_t *json_merge(json_t *a, json_t *b)
{
    if (a == NULL || b == NULL || json_object_update(a, b) != 0) {
        json_decref(a);
        a = NULL;
    }
    json_decref(b);
    return a;
}

int table_add(struct table *t, unsigned columns, const char *const cells[])
{
    void *grown = realloc(t->cell, sizeof(*t->cell) * (t->rows + 1));

    if (grown == NULL) {
        return -ENOMEM;
    }
    t->cell = grown;
    t->columns = columns;
    for (unsigned i = 0; i < columns; i++) {
        snprintf(t->cell[t->rows][i], sizeof(t->cell[0][0]), "%s", cells[i]);
    }
    t->rows++;
    return 0;
}

void table_print(struct table *t)
{
    unsigned width[TABLE_COLUMNS] = { 0 };

    for (unsigned row = 0; row < t->rows; row++) {
        for (unsigned i = 0; i < t->columns; i++) {
            width[i] = MAX(width[i], (unsigned)strlen(t->cell[row][i]));
        }
    }
    for (unsigned row = 0; row < t->rows; row++) {
        for (unsigned i = 0; i < t->columns; i++) {
            bool last = i + 1 == t->columns;

            printf("%-*s%s", last ? 0 : (int)width[i], t->cell[row][i], last ? "\n" : "  ");
        }
    }
    table_free(t);
}

void table_free(struct table *t)
{
    free(t->cell);
    *t = (struct table){ 0 };
}

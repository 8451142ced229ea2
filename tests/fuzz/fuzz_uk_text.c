/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/bootargs.c unikernel/shell/words.c
/* Any text as boot arguments and as a line of the shell: words lie in the text, one behind the
 * other, and with each character quoted they are the same again. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/must.h"
#include "unikernel/posix/bootargs.h"
#include "unikernel/shell/words.h"

#define WORDS 32U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) abort();
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void split(const uint8_t *data, size_t size, unsigned max)
{
    char *text = text_of(data, size), *args[WORDS], *again[WORDS],
         *quoted = malloc(2 * size + 3 * WORDS + 1), *q;
    unsigned n = bootargs_split(text, args, max);

    if (quoted == NULL) abort();
    must(n <= max);
    q = quoted;
    for (unsigned i = 0; i < n; i++) {
        const char *end = i + 1 < n ? args[i + 1] : text + size + 1;

        must(args[i] >= text && args[i] + strlen(args[i]) < end);
        *q++ = '"';                     /* so that there is a word also when it is empty */
        *q++ = '"';
        for (const char *c = args[i]; *c != '\0'; c++) {
            *q++ = '\\';
            *q++ = *c;
        }
        *q++ = i % 2 == 0 ? ' ' : '\n';
    }
    *q = '\0';
    must(bootargs_split(quoted, again, WORDS) == n);
    for (unsigned i = 0; i < n; i++) must(strcmp(again[i], args[i]) == 0);
    free(text);
    free(quoted);
}

static void line(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size), *last, quote;
    uint32_t id = 77;
    struct words w;
    bool first;

    if (words_cut(text, &w) == NULL) {
        must(w.count <= WORDS_MAX && w.at[w.count] == NULL);
        for (unsigned i = 0; i < w.count; i++) {
            unsigned long long value = strtoull(w.at[i], NULL, 10);
            bool is_id = w.at[i][0] != '\0' && value <= UINT32_MAX &&
                         strspn(w.at[i], "0123456789") == strlen(w.at[i]);

            must(w.at[i] >= text && w.at[i] + strlen(w.at[i]) <= text + size);
            if (i > 0) must(w.at[i] > w.at[i - 1] + strlen(w.at[i - 1]));
            must((words_id(w.at[i], &id) == 0) == is_id);
            must(id == (is_id ? value : 77));
            id = 77;
        }
    }
    free(text);
    text = text_of(data, size);
    words_last(text, &last, &quote, &first);
    must(last >= text && last + strlen(last) <= text + size);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 2000) return 0;
    split(data + 1, size - 1, data[0] % (WORDS + 1));
    line(data, size);
    return 0;
}

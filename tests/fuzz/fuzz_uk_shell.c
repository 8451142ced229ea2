/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/shell/editor.c unikernel/shell/history.c unikernel/shell/words.c unikernel/shell/complete.c
// sources: unikernel/shell/commands.c lib/fmt.c
/* Any bytes typed at the shell: the line stays in its bounds and is what was typed, commands get words, and
 * what a bell refused is not run. Names of files are half of what is typed, so that completion meets them. */
#include <stdlib.h>
#include <string.h>

#include "lib/fmt.h"
#include "tests/fuzz/must.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/complete.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned running;

void console_write(const char *text, size_t len)
{
    static volatile char last;

    for (size_t i = 0; i < len; i++) last = text[i];
    (void)last;
}

static void put(void *to, char c) { console_write(&c, 1); }

void log_text(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(put, NULL, format, args);
    va_end(args);
}

void console_command(bool begins)
{
    must(running == !begins);
    running = begins;
}

static void command(const struct words *w)
{
    must(running == 1 && w->count > 0 && w->count <= WORDS_MAX && w->at[w->count] == NULL);
    for (unsigned i = 0; i < w->count; i++) must(strlen(w->at[i]) < EDITOR_LINE);
}

const struct command commands[] = {
    { "cat [FILE]\0any", command, 1, UINT8_MAX }, { "help\0this", command_help, 0, 0 },
    { "echo [TEXT]\0words", command_echo, 0, UINT8_MAX }, { "none\0not there", NULL, 0, 0 },
};
const unsigned command_count = ARRAY_LEN(commands);

static void offer(struct candidates *c, char *path)
{
    static const char *const names[] = { "alpha", "alphabet", "with blank", "quo'te", "\xc3\xa4", "\xc3\xb6", "\x1b[A" };
    char *slash = strrchr(path, '/');

    if (slash != NULL) c->begin = slash + 1;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) candidates_take(c, names[i], strlen(names[i]), i == 1);
}

const struct shell_files shell_files = { command, offer };

static void check(const struct editor *e)
{
    must(e->len < EDITOR_LINE && e->at <= e->len && memchr(e->text, '\0', e->len) == NULL);
    must(e->history.lines <= HISTORY_LINES && e->history.bytes <= HISTORY_BYTES);
    must(e->back <= e->history.lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct editor *e = calloc(1, sizeof(*e));

    if (e == NULL) abort();
    editor_begin(e);
    for (size_t i = 0; i < size; i++) {
        enum editor_event event = editor_take(e, (char)data[i]);

        check(e);
        if (data[i] % 3 == 0) editor_draw(e);
        if (event == EDITOR_TAB) complete(e);
        if (event == EDITOR_LINE_END) command_run(e->text);
        if (event != EDITOR_MORE && event != EDITOR_TAB) editor_begin(e);
        check(e);
    }
    free(e);
    return 0;
}

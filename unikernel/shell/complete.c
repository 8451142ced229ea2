/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/complete.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "lib/str.h"

/* Could not be typed. */
static bool has_control(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)name[i] < ' ' || name[i] == 127) return true;
    }
    return false;
}

/* Not in the middle of a character in UTF-8, but that may have been typed. */
static size_t common_length(const char *a, size_t len, const char *b, size_t b_len)
{
    size_t n = 0;

    while (n < len && n < b_len && a[n] == b[n]) n++;
    while (n > 0 && n < len && ((uint8_t)a[n] & 0xc0) == 0x80) n--;
    return n;
}

void candidates_take(struct candidates *c, const char *name, size_t len, bool is_directory)
{
    size_t begin = strlen(c->begin);

    if (len < begin || len >= CANDIDATE_MAX || memcmp(name, c->begin, begin) != 0) return;
    if (has_control(name, len)) return;
    if (c->print) {
        console_write(name, len);
        log_text(is_directory ? "/  " : "  ");
    }
    if (c->count++ == 0) {
        memcpy(c->common, name, len);
        c->len = len;
    }
    c->len = MAX(common_length(c->common, c->len, name, len), begin);
    c->is_directory = is_directory;
}

static void offer(struct candidates *c, char *word, bool is_command)
{
    c->begin = word;
    c->count = 0;
    if (is_command) command_offer(c);
    else if (shell_files.offer != NULL) shell_files.offer(c, word);
}

static void type(struct editor *e, const char *text, size_t len, char quote)
{
    for (size_t i = 0; i < len; i++) {
        if (quote == '\'' ? false : strchr(quote == '"' ? "\"\\" : " '\"\\>", text[i]) != NULL) {
            editor_insert(e, "\\", 1);
        }
        editor_insert(e, &text[i], 1);
    }
}

void complete(struct editor *e)
{
    static char line[EDITOR_LINE];
    struct candidates c = { .print = false };
    bool is_command;
    char *word, quote;
    size_t begin;

    memcpy(line, e->text, e->at);
    line[e->at] = '\0';
    words_last(line, &word, &quote, &is_command);
    offer(&c, word, is_command);
    begin = strlen(c.begin);
    if (c.count == 0 || (c.count > 1 && c.len == begin && e->tabs == 1)) {
        console_write("\a", 1);
    } else if (c.count > 1 && c.len == begin) {
        console_write("\n", 1);
        c.print = true;
        offer(&c, word, is_command);
        console_write("\n", 1);
        editor_again(e);
    } else {
        type(e, c.common + begin, c.len - begin, quote);
        if (c.count > 1) return;
        if (c.is_directory) {
            editor_insert(e, "/", 1);
        } else {
            if (quote != 0) editor_insert(e, &quote, 1);
            editor_insert(e, " ", 1);
        }
    }
}

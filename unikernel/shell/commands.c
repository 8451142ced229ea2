/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/shell/commands.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/complete.h"
#include "lib/str.h"

#define TRY "Try 'help' for more information.\n"

static size_t name_length(const struct command *c)
{
    size_t n = 0;

    while (c->text[n] != ' ' && c->text[n] != '\0') n++;
    return n;
}

void command_offer(struct candidates *to)
{
    for (const struct command *c = commands; c < commands + command_count; c++) {
        candidates_take(to, c->text, name_length(c), false);
    }
}

void command_help(const struct words *w)
{
    log_text("unishyper shell\nLook at and steer the running system.\nCommands:\n\n");
    for (unsigned i = 0; i < command_count; i++) {
        const char *usage = commands[i].text;

        log_text("%-17s -- %s\n", usage, usage + strlen(usage) + 1);
    }
}

static void say_no_files(void)
{
    log_text("[warning] file system is not supported, please enable \"fs\" feature.\n");
}

void command_echo(const struct words *w)
{
    if (w->to != NULL && shell_files.echo_to == NULL) {
        say_no_files();
    } else if (w->to != NULL) {
        shell_files.echo_to(w);
    } else {
        for (unsigned i = 1; i < w->count; i++) log_text("%s%s", i > 1 ? " " : "", w->at[i]);
        log_text("\n");
    }
}

static void run(const struct command *c, const struct words *w)
{
    if (c->run == NULL) {
        say_no_files();
    } else if (w->count <= c->least) {
        log_text("%s: missing operand\n" TRY, w->at[0]);
    } else if (w->count - 1 > c->most) {
        log_text("%s: extra operand '%s'\n" TRY, w->at[0], w->at[c->most + 1]);
    } else if (w->to != NULL && c->run != command_echo) {
        log_text("%s: only echo can write to a file\n", w->at[0]);
    } else {
        console_command(true);
        c->run(w);
        console_command(false);
    }
}

void command_run(char *line)
{
    struct words w;
    const char *problem = words_cut(line, &w);

    if (problem != NULL) log_text("shell: %s\n", problem);
    if (problem != NULL || w.count == 0) return;
    for (const struct command *c = commands; c < commands + command_count; c++) {
        size_t n = name_length(c);

        if (strncmp(c->text, w.at[0], n) != 0 || w.at[0][n] != '\0') continue;
        run(c, &w);
        return;
    }
    log_text("command not found: \"%s\", please input 'help' for more info.\n", w.at[0]);
}

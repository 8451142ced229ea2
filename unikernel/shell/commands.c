/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, in the order help lists them. Those of files are always known, so that a user of an image
 * without them learns why they do nothing. */
#include "unikernel/shell/commands.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "lib/str.h"

#define ANY UINT8_MAX
#define TRY "Try 'help' for more information.\n"

static void command_help(const struct words *w);
static void command_echo(const struct words *w);

const struct command commands[] = {
    { "cat", "cat [FILE]", "print a file (needs the \"fs\" feature)", NULL, 1, ANY },
    { "free", "free", "show how memory is used", command_free, 0, ANY },
    { "kill", "kill [TID]", "end a thread", command_kill, 1, ANY },
    { "ls", "ls [DIR]", "list a directory (needs the \"fs\" feature)", NULL, 0, ANY },
    { "mkdir", "mkdir [DIR]", "make a directory (needs the \"fs\" feature)", NULL, 1, ANY },
    { "ps", "ps", "list the threads", command_ps, 0, ANY },
    { "run", "run [TID]", "start a thread that was made in the background", command_run_thread, 1,
      ANY },
    { "help", "help", "show this text", command_help, 0, ANY },
    { "echo", "echo [TEXT]", "print words", command_echo, 0, ANY },
    { "uptime", "uptime", "how long the system has been up", command_uptime, 0, 0 },
    { "date", "date", "time of day (UTC)", command_date, 0, 0 },
    { "env", "env", "the environment main was given", command_env, 0, 0 },
    { "reboot", "reboot", "reset the machine", command_reboot, 0, 0 },
    { "exit", "exit", "power off with the exit status of main", command_exit, 0, 0 },
    { "shutdown", "shutdown", "the same", command_exit, 0, 0 },
};
const unsigned command_count = ARRAY_LEN(commands);

static void command_help(const struct words *w)
{
    log_text("unishyper shell\nLook at and steer the running system.\nCommands:\n\n");
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        log_text("%-16s -- %s\n", commands[i].usage, commands[i].meaning);
    }
}

static void command_echo(const struct words *w)
{
    for (unsigned i = 1; i < w->count; i++) log_text("%s%s", i > 1 ? " " : "", w->at[i]);
    log_text("\n");
}

void command_missing(const char *name) { log_text("%s: missing operand\n" TRY, name); }

static void run(const struct command *c, const struct words *w)
{
    if (c->run == NULL) {
        log_text("[warning] file system is not supported, please enable \"fs\" feature.\n");
    } else if (w->count - 1 < c->least) {
        command_missing(c->name);
    } else if (w->count - 1 > c->most) {
        log_text("%s: extra operand '%s'\n" TRY, c->name, w->at[c->most + 1]);
    } else if (w->to != NULL && c->run != command_echo) {
        log_text("%s: only echo can write to a file\n", c->name);
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
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, w.at[0]) != 0) continue;
        run(&commands[i], &w);
        return;
    }
    log_text("command not found: \"%s\", please input 'help' for more info.\n", w.at[0]);
}

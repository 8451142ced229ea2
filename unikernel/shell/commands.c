/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, in the order help lists them. File commands are always known, so that a user of an
 * image without a file system learns why they do nothing. */
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/shell/shell.h"
#include "lib/err.h"
#include "lib/str.h"

static void command_file(const char *argument)
{
    log_text("[warning] file system is not supported, please enable \"fs\" feature.\n");
}

static void command_free(const char *argument)
{
    struct pages_stat p;
    struct space_stat s;

    pages_stat(&p);
    space_stat(&s);
    log_text("heap:     total %lu KiB, used %lu KiB, free %lu KiB\n", p.total * 4,
             (p.total - p.free) * 4, p.free * 4);
    log_text("virtual:  application holds %lu KiB, is promised %lu KiB more\n", s.backed * 4,
             (p.free - MIN(p.left, p.free)) * 4);
    log_text("physical: %lu KiB never used, free blocks:\n", p.untouched * 4);
    for (unsigned o = 0; o <= PAGES_MAX_ORDER; o++) {
        log_text("  %5u KiB: %u\n", 4U << o, p.free_blocks[o]);
    }
}

static const char *status_name(enum thread_state state)
{
    switch (state) {
    case THREAD_RUNNING:    return "Running";
    case THREAD_BLOCKED:    return "Blocked";
    case THREAD_EXITED:     return "Exited";
    case THREAD_HELD:
    case THREAD_READY:
    default:                return "Ready";
    }
}

static void command_ps(const char *argument)
{
    struct thread_info t = { 0 };

    log_text(" [ TID] STATUS PRI NAME\n");
    while (thread_next(t.id, &t)) {
        log_text(" [%4u] %-7s %-6s %s\n", t.id, status_name(t.state),
                 t.role <= ROLE_IDLE ? "KERNEL" : "USER", t.name);
    }
}

/* Do something to the thread an operator named. @return what fn said, or 1 when the message is out
 * already. */
static int with_named(const char *command, const char *argument,
                      int (*fn)(struct thread *t, void *arg), uint32_t *id)
{
    int err;

    if (argument == NULL) {
        log_text("%s: missing operand\nTry 'help' for more information.\n", command);
        return 1;
    }
    if (shell_parse_id(argument, id) != 0) {
        log_text("%s: illegal thread id '%s'\n", command, argument);
        return 1;
    }
    err = thread_with(*id, fn, NULL);
    if (err == -ESRCH) {
        log_text("%s: no thread with id %u\n", command, *id);
        return 1;
    }
    return err;
}

static int kill_app(struct thread *t, void *arg)
{
    if (thread_is_kernel(t)) return -EPERM;
    thread_kill(t);
    return 0;
}

static void command_kill(const char *argument)
{
    uint32_t id;

    if (with_named("kill", argument, kill_app, &id) == -EPERM) {
        log_text("kill: thread %u belongs to the kernel\n", id);
    }
}

static int start_in_front(struct thread *t, void *arg) { return thread_start(t, true); }

static void command_run(const char *argument)
{
    uint32_t id;

    if (with_named("run", argument, start_in_front, &id) == -EBUSY) {
        log_text("run: thread %u has been started already\n", id);
    }
}

static void command_shutdown(const char *argument) { system_shutdown(system_status()); }
static void command_reboot(const char *argument)   { arch_reset(); }
static void command_help(const char *argument);

static const struct command {
    const char *name, *usage, *meaning;
    void (*run)(const char *argument);
} commands[] = {
    { "cat", "cat [FILE]", "print a file (needs the \"fs\" feature)", command_file },
    { "free", "free", "show how memory is used", command_free },
    { "kill", "kill [TID]", "end a thread", command_kill },
    { "ls", "ls [DIR]", "list a directory (needs the \"fs\" feature)", command_file },
    { "mkdir", "mkdir [DIR]", "make a directory (needs the \"fs\" feature)", command_file },
    { "ps", "ps", "list the threads", command_ps },
    { "run", "run [TID]", "start a thread that was made in the background", command_run },
    { "help", "help", "show this text", command_help },
    { "shutdown", "shutdown", "power off with the exit status of main", command_shutdown },
    { "reboot", "reboot", "reset the machine", command_reboot },
};

static void command_help(const char *argument)
{
    log_text("unishyper shell\nLook at and steer the running system.\nCommands:\n\n");
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        log_text("%-16s -- %s\n", commands[i].usage, commands[i].meaning);
    }
}

void shell_execute(char *line)
{
    struct shell_line l = shell_parse(line);

    if (l.command == NULL) return;
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, l.command) != 0) continue;
        commands[i].run(l.argument);
        return;
    }
    log_text("command not found: \"%s\", please input 'help' for more info.\n", l.command);
}

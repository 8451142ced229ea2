/* SPDX-License-Identifier: Apache-2.0 */
/* What never returns on a machine ends a process here: host_run makes one, and hears how it ended.
 * Outside host_run the end of the machine is the end of the test. */
#include "arch/host/host.h"
#include "hypervisor/core/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_BASE 100

void (*host_on_end)(void);
static char words[512];
static int to_parent = -1;

static void noreturn_fn end(enum host_end how)
{
    if (to_parent < 0) {
        fprintf(stderr, "the machine ended (%d): %s\n", (int)how, words);
        abort();
    }
    if (host_on_end != NULL) host_on_end();
    if (write(to_parent, words, strlen(words)) < 0) perror("pipe");
    _exit(STATUS_BASE + (int)how);
}

void panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vtext(words, sizeof(words), format, args);
    va_end(args);
    end(HOST_PANIC);
}

void arch_shutdown(void)    { end(HOST_SHUTDOWN); }
void arch_reset(void)       { end(HOST_RESET); }
void arch_halt(void)        { end(HOST_HALT); }

enum host_end host_run(void (*what)(void *arg), void *arg)
{
    int pipes[2], status;
    ssize_t n;
    pid_t child;

    if (pipe(pipes) != 0) abort();
    fflush(NULL);
    child = fork();
    if (child < 0) abort();
    if (child == 0) {
        to_parent = pipes[1];
        what(arg);
        _exit(STATUS_BASE + HOST_RETURNED);
    }
    close(pipes[1]);
    n = read(pipes[0], words, sizeof(words) - 1);
    words[n < 0 ? 0 : n] = '\0';
    close(pipes[0]);
    if (waitpid(child, &status, 0) != child) abort();
    status = WIFEXITED(status) ? WEXITSTATUS(status) - STATUS_BASE : HOST_CRASHED;
    return status < HOST_RETURNED || status > HOST_HALT ? HOST_CRASHED : (enum host_end)status;
}

const char *host_last_words(void)
{
    return words;
}

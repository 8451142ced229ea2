/* SPDX-License-Identifier: Apache-2.0 */
/* The first program of a Linux that runs programs of the unikernel's: those that stand behind `--` on
 * the kernel's command line, with a comma as a word between one and the next. Says how each ended,
 * then resets the machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char **words)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        execv(words[0], words);
        printf("init: %s: %s\n", words[0], strerror(errno));
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) printf("init: %s\n", strerror(errno));
    else if (WIFSIGNALED(status)) printf("init: %s: signal %d\n", words[0], WTERMSIG(status));
    else printf("init: %s: exit status %d\n", words[0], WEXITSTATUS(status));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    for (int first = 1, i = 1; i <= argc; i++) {
        if (i < argc && strcmp(argv[i], ",") != 0) continue;
        argv[i] = NULL;
        if (i > first) run(argv + first);
        first = i + 1;
    }
    reboot(RB_AUTOBOOT);
    return 1;
}

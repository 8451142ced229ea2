/* SPDX-License-Identifier: Apache-2.0 */
/* The first program of a Linux that runs one program of the unikernel's: what stands behind `--` on
 * the kernel's command line. Says how it ended and resets the machine. */
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
    else if (WIFSIGNALED(status)) printf("init: ended by signal %d\n", WTERMSIG(status));
    else printf("init: exit status %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    if (argc > 1) run(argv + 1);
    fflush(NULL);
    reboot(RB_AUTOBOOT);
    return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The first program of a Linux that runs all tests of the suite, each in a process and a session of
 * its own, with a /tmp and /dev/shm of its own. Says how each ended, then resets the machine. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "/posix_suite"
#define LIMIT_S 400

static void become(const char *test)
{
    setsid();
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC) != 0 || mount("tmp", "/tmp", "tmpfs", 0, NULL) != 0 ||
        mount("shm", "/dev/shm", "tmpfs", 0, NULL) != 0)
        printf("init: %s\n", strerror(errno));
    execl(PROGRAM, "posix_suite", test, NULL);
    _exit(127);
}

/* Until the test ends, or for LIMIT_S; then nothing is left of it. @return as a shell says it, -1: limit */
static int wait_for(pid_t test)
{
    const struct timespec limit = {.tv_sec = LIMIT_S};
    int status;
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (waitpid(test, &status, WNOHANG) == 0) {
        if (sigtimedwait(&child, NULL, &limit) > 0) continue;
        kill(-test, SIGKILL);
        waitpid(test, &status, 0);
        return -1;
    }
    kill(-test, SIGKILL);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void run(const char *test)
{
    sigset_t none;
    pid_t child = fork();
    int status;

    sigemptyset(&none);
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        become(test);
    }
    status = wait_for(child);
    if (status < 0) printf("\nsuite: %s: limit %d\n", test, LIMIT_S);
    else printf("\nsuite: %s: status %d\n", test, status);
}

/* What programs find on any Linux. */
static int prepare(void)
{
    mkdir("/tmp", 01777);
    mkdir("/proc", 0555);
    if (mount("dev", "/dev", "devtmpfs", 0, NULL) != 0) return -1;
    if (mount("proc", "/proc", "proc", 0, NULL) != 0) return -1;
    return mkdir("/dev/shm", 01777);
}

int main(void)
{
    char test[256];
    FILE *list = fopen("/tests", "r");
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    setbuf(stdout, NULL);
    if (list == NULL || prepare() != 0) printf("init: %s\n", strerror(errno));
    while (list != NULL && fgets(test, sizeof(test), list) != NULL) {
        test[strcspn(test, "\n")] = '\0';
        run(test);
    }
    reboot(RB_AUTOBOOT);
    return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What asks for another process or program is refused with ENOSYS, each time, and what waits for
 * one finds none. Exit status: how much of it was otherwise. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed;

#define CHECK(cond)                                                                     \
    do {                                                                                \
        if (!(cond)) {                                                                  \
            printf("%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #cond, errno); \
            failed++;                                                                   \
        }                                                                               \
    } while (0)
#define CHECK_ERROR(call, error) CHECK((errno = 0, (call)) == -1 && errno == (error))

static char *words[] = { "true", NULL };

static int child(void *arg) { return 1; }

static void nothing_is_started(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    pid_t pid = 77;

    CHECK_ERROR(fork(), ENOSYS);
    CHECK_ERROR(vfork(), ENOSYS);
    CHECK_ERROR(_Fork(), ENOSYS);
    CHECK_ERROR(clone(child, stack + sizeof(stack), SIGCHLD, NULL), ENOSYS);
    CHECK_ERROR(clone(child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL),
                ENOSYS);
    CHECK_ERROR(daemon(1, 1), ENOSYS);
    CHECK_ERROR(execve("/bin/true", words, words + 1), ENOSYS);
    CHECK_ERROR(execv("/bin/true", words), ENOSYS);
    CHECK_ERROR(execl("/bin/true", "true", (char *)NULL), ENOSYS);
    CHECK_ERROR(execle("/bin/true", "true", (char *)NULL, words + 1), ENOSYS);
    CHECK_ERROR(execvp("true", words), ENOSYS);
    CHECK_ERROR(execlp("true", "true", (char *)NULL), ENOSYS);
    CHECK_ERROR(fexecve(0, words, words + 1), ENOSYS);
    CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, words, words + 1) == ENOSYS);
    CHECK(posix_spawnp(&pid, "true", NULL, NULL, words, words + 1) == ENOSYS && pid == 77);
    CHECK_ERROR(system("true"), ENOSYS);
    CHECK(system(NULL) == 0);
    CHECK((errno = 0, popen("true", "r")) == NULL && errno == ENOSYS);
    CHECK((errno = 0, popen("true", "w")) == NULL && errno == ENOSYS);
    CHECK((errno = 0, popen("true", "?")) == NULL && errno == EINVAL);
}

/* Without libc */
static void system_calls_are_refused(void)
{
#ifdef SYS_fork
    CHECK_ERROR(syscall(SYS_fork), ENOSYS);
    CHECK_ERROR(syscall(SYS_vfork), ENOSYS);
#endif
    CHECK_ERROR(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), ENOSYS);
    CHECK_ERROR(syscall(SYS_clone3, NULL, 0), ENOSYS);
    CHECK_ERROR(syscall(SYS_execve, "/bin/true", words, words + 1), ENOSYS);
    CHECK_ERROR(syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, words + 1, 0), ENOSYS);
}

static void who_waits_has_no_children(void)
{
    struct rusage usage;
    siginfo_t info;
    int status;

    CHECK_ERROR(wait(&status), ECHILD);
    CHECK_ERROR(wait(NULL), ECHILD);
    CHECK_ERROR(waitpid(-1, &status, WNOHANG), ECHILD);
    CHECK_ERROR(waitpid(4711, &status, WUNTRACED | WCONTINUED), ECHILD);
    CHECK_ERROR(waitpid(getpid(), &status, 0), ECHILD);
    CHECK_ERROR(waitpid(-1, &status, 0x100), EINVAL);
    CHECK_ERROR(syscall(SYS_wait4, (long)(int)0x80000000, NULL, 0, NULL), ESRCH);
    CHECK_ERROR(wait3(&status, WNOHANG, &usage), ECHILD);
    CHECK_ERROR(wait4(1, &status, 0, &usage), ECHILD);
    CHECK_ERROR(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
    CHECK_ERROR(waitid(P_PID, 4711, &info, WEXITED | WNOHANG | WNOWAIT), ECHILD);
    CHECK_ERROR(waitid(P_PGID, 0, &info, WSTOPPED), ECHILD);
    CHECK_ERROR(waitid(P_ALL, 0, &info, 0), EINVAL);
    CHECK_ERROR(waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
    CHECK_ERROR(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL);
    CHECK_ERROR(waitid((idtype_t)9, 0, &info, WEXITED), EINVAL);
    CHECK_ERROR(waitid(P_PID, 0, &info, WEXITED), EINVAL);
    CHECK_ERROR(waitid(P_PGID, (id_t)-1, &info, WEXITED), EINVAL);
    CHECK_ERROR(waitid(P_PIDFD, (id_t)-1, &info, WEXITED), EINVAL);
    CHECK_ERROR(waitid(P_PIDFD, 700, &info, WEXITED), EBADF);
    CHECK_ERROR(waitid(P_PIDFD, 0, &info, WEXITED), EBADF);
}

/* "linux": where there are processes, only what waits for none can be compared. */
int main(int argc, char **argv)
{
    if (argc == 1) {
        nothing_is_started();
        system_calls_are_refused();
    }
    who_waits_has_no_children();
    printf("done: %d failed\n", failed);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What would make a second process, or another program of this one. All of a machine is one
 * program, so these fail, and say once in words why. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_PROCESS "there are no processes on Unishyper: start a thread (pthread_create)\n"
#define NO_PROGRAM \
    "there are no other programs on Unishyper: make what is wanted a function of this one\n"

static int refused(int *said, const char *why)
{
    if (!__atomic_exchange_n(said, 1, __ATOMIC_RELAXED)) (void)write(2, why, strlen(why));
    errno = ENOSYS;
    return -1;
}

#define REFUSED(why)         \
    ({                       \
        static int said;     \
        refused(&said, why); \
    })

pid_t fork(void) { return REFUSED("fork: " NO_PROCESS); }
pid_t vfork(void) { return REFUSED("vfork: " NO_PROCESS); }
int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
    return REFUSED("clone: " NO_PROCESS);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    return REFUSED("exec: " NO_PROGRAM);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
    return REFUSED("fexecve: " NO_PROGRAM);
}

/* posix_spawnp comes here, too. */
int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attr,
                char *const argv[restrict], char *const envp[restrict])
{
    int kept = errno;

    (void)REFUSED("posix_spawn: " NO_PROGRAM);
    errno = kept;
    return ENOSYS;
}

/* Without a command: is there a shell? */
int system(const char *command) { return command == NULL ? 0 : REFUSED("system: " NO_PROGRAM); }

FILE *popen(const char *command, const char *mode)
{
    if (*mode == 'r' || *mode == 'w')
        (void)REFUSED("popen: " NO_PROGRAM);
    else
        errno = EINVAL;
    return NULL;
}

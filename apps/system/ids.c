/* SPDX-License-Identifier: Apache-2.0 */
/* Users, groups, sessions and children of a process of root. */
#include "system.h"
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/wait.h>

static void root_stays_root(void)
{
    CHECK(setuid(0) == 0 && setgid(0) == 0);
    CHECK(setreuid(0, 0) == 0 && setregid(-1, 0) == 0);
    CHECK(setresuid(0, -1, 0) == 0 && setresgid(-1, -1, -1) == 0);
    CHECK(setfsuid(0) == 0 && setfsgid(0) == 0);
    CHECK(setgroups(0, NULL) == 0 && getgroups(0, NULL) == 0);
    FAILS(setuid((uid_t)-1), EINVAL);
    FAILS(getgroups(-1, NULL), EINVAL);
}

static void ids_are_told(void)
{
    uid_t u[3] = { 1, 2, 3 };

    CHECK(getresuid(&u[0], &u[1], &u[2]) == 0 && u[0] == 0 && u[1] == 0 && u[2] == 0);
    u[0] = u[1] = u[2] = 1;
    CHECK(getresgid(&u[0], &u[1], &u[2]) == 0 && u[0] == 0 && u[1] == 0 && u[2] == 0);
    FAILS(getresuid(BAD, &u[1], &u[2]), EFAULT);
    FAILS(getresuid(&u[0], BAD, &u[2]), EFAULT);
    FAILS(getresgid(&u[0], &u[1], BAD), EFAULT);
}

/* On Linux root may become anybody. */
static void there_is_nobody_but_root(void)
{
    gid_t group = 7;

    FAILS(setuid(1000), EINVAL);
    FAILS(setgid(1), EINVAL);
    FAILS(setreuid(-1, 1000), EINVAL);
    FAILS(setresuid(0, 0, 1000), EINVAL);
    FAILS(setresgid(1000, 0, 0), EINVAL);
    FAILS(setgroups(1, &group), EINVAL);
    CHECK(getuid() == 0 && geteuid() == 0 && setfsuid(1000) == 0 && setfsuid(-1) == 0);
}

static void a_leader_stays_one(void)
{
    (void)setsid();
    CHECK(getsid(0) == getpid() && getsid(getpid()) == getpid());
    CHECK(getpgrp() == getpid() && getpgid(0) == getpid() && getpgid(getpid()) == getpid());
#ifdef SYS_getpgrp
    CHECK(syscall(SYS_getpgrp) == getpid());
#endif
    FAILS(setsid(), EPERM);
    FAILS(setpgid(0, 0), EPERM);
    FAILS(setpgid(0, -1), EINVAL);
    FAILS(setpgid(30000, 0), ESRCH);
    FAILS(getpgid(30000), ESRCH);
    FAILS(getsid(-1), ESRCH);
}

static void nobody_waits_for_children_that_are_not_there(void)
{
    int status;
    siginfo_t info;

    FAILS(wait(&status), ECHILD);
    FAILS(waitpid(30000, &status, WNOHANG), ECHILD);
    FAILS(waitpid(-1, &status, 0x40), EINVAL);
    FAILS(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), ECHILD);
    FAILS(waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
    FAILS(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL);
    FAILS(waitid(77, 0, &info, WEXITED), EINVAL);
}

const struct test id_tests[] = {
    { "root_stays_root", root_stays_root },
    { "ids_are_told", ids_are_told },
    { "there_is_nobody_but_root", there_is_nobody_but_root },
    { "a_leader_stays_one", a_leader_stays_one },
    { "nobody_waits_for_children_that_are_not_there", nobody_waits_for_children_that_are_not_there },
    { 0 },
};

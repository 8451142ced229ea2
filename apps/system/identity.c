/* SPDX-License-Identifier: Apache-2.0 */
/* Who the process and its threads are. */
#include "system.h"
#include <pthread.h>
#include <sys/prctl.h>

static void the_process_is_roots(void)
{
    CHECK(getuid() == 0 && geteuid() == 0 && getgid() == 0 && getegid() == 0);
}

static void *tell_id(void *id)
{
    *(pid_t *)id = gettid();
    pthread_exit(NULL);
}

static void threads_share_the_process_id_and_have_their_own(void)
{
    pid_t other = 0;
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, tell_id, &other) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(other > 0 && other != gettid());
    CHECK(gettid() == getpid());        /* by that programs know main */
    CHECK(getpid() > 0 && getppid() >= 0 && getppid() != getpid());
}

static void a_signal_of_number_0_only_asks(void)
{
    CHECK(kill(getpid(), 0) == 0);
    FAILS(kill(INT32_MAX, 0), ESRCH);
    FAILS(kill(getpid(), 65), EINVAL);
    CHECK(syscall(SYS_tkill, gettid(), 0) == 0);
    FAILS(syscall(SYS_tkill, 0, 0), EINVAL);
    FAILS(syscall(SYS_tkill, INT32_MAX, 0), ESRCH);
    CHECK(syscall(SYS_tgkill, getpid(), gettid(), 0) == 0);
}

static void signals_can_be_asked_after(void)
{
    struct sigaction action;
    sigset_t mask;

    CHECK(sigaction(SIGUSR1, NULL, &action) == 0);
    FAILS(sigaction(65, NULL, &action), EINVAL);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && !sigismember(&mask, SIGUSR1));
}

static void a_thread_has_a_name(void)
{
    char name[16];

    CHECK(prctl(PR_SET_NAME, "a name that is too long") == 0);
    CHECK(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "a name that is ") == 0);
    CHECK(pthread_setname_np(pthread_self(), "short") == 0);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 && strcmp(name, "short") == 0);
    FAILS(prctl(PR_GET_NAME, BAD), EFAULT);
    FAILS(prctl(PR_SET_NAME, BAD), EFAULT);
    FAILS(prctl(-1), EINVAL);
}

static pthread_barrier_t named;

static void *tell_name(void *name)
{
    pthread_barrier_wait(&named);
    pthread_barrier_wait(&named);
    return prctl(PR_GET_NAME, name) == 0 ? name : NULL;
}

static void another_thread_can_be_named(void)
{
    char own[16], name[16];
    pthread_t t;
    void *result;

    CHECK(pthread_barrier_init(&named, NULL, 2) == 0 && pthread_setname_np(pthread_self(), "main one") == 0);
    CHECK(pthread_create(&t, NULL, tell_name, own) == 0);
    pthread_barrier_wait(&named);
    CHECK(pthread_setname_np(t, "a longest name.") == 0);
    CHECK(pthread_setname_np(t, "a name too long.") == ERANGE);
    CHECK(pthread_getname_np(t, name, sizeof(name) - 1) == ERANGE);
    CHECK(pthread_getname_np(t, name, sizeof(name)) == 0 && strcmp(name, "a longest name.") == 0);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 && strcmp(name, "main one") == 0);
    pthread_barrier_wait(&named);
    CHECK(pthread_join(t, &result) == 0 && result == own && strcmp(own, "a longest name.") == 0);
}

const struct test identity_tests[] = {
    { "the_process_is_roots", the_process_is_roots },
    { "threads_share_the_process_id_and_have_their_own", threads_share_the_process_id_and_have_their_own },
    { "a_signal_of_number_0_only_asks", a_signal_of_number_0_only_asks },
    { "signals_can_be_asked_after", signals_can_be_asked_after },
    { "a_thread_has_a_name", a_thread_has_a_name },
    { "another_thread_can_be_named", another_thread_can_be_named },
    { 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of open files, flock's and those of ranges, and those of the process. */
#include "files.h"
#include <pthread.h>
#include <sys/file.h>
#include <sys/syscall.h>

static int lock(int fd, int command, int type, off_t start, off_t len)
{
    struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

    return fcntl(fd, command, &l);
}

/* What would be in the way of writing this: its type. */
static struct flock in_the_way(int fd, off_t start, off_t len)
{
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

    if (fcntl(fd, F_OFD_GETLK, &l) != 0) abort();
    return l;
}

static int is_locked_by(pid_t owner, int fd, int type, off_t start, off_t len)
{
    struct flock l = in_the_way(fd, start, 1);

    return l.l_type == type && l.l_whence == SEEK_SET && l.l_start == start && l.l_len == len && l.l_pid == owner;
}

static int is_locked(int fd, int type, off_t start, off_t len) { return is_locked_by(-1, fd, type, start, len); }
static int is_ours(int fd, int type, off_t start, off_t len) { return is_locked_by(getpid(), fd, type, start, len); }

static int is_free(int fd, off_t start, off_t len) { return in_the_way(fd, start, len).l_type == F_UNLCK; }

static void a_file_is_locked_by_who_opened_it(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDONLY), c = dup(a);

    CHECK(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0);
    FAILS(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(flock(b, LOCK_EX | LOCK_NB) == 0);    /* a's is lost */
    FAILS(flock(a, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK(flock(b, LOCK_UN) == 0 && flock(b, LOCK_UN) == 0);
    CHECK(flock(c, LOCK_EX) == 0 && flock(a, LOCK_EX | LOCK_NB) == 0 && close(c) == 0);
    FAILS(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(close(a) == 0 && flock(b, LOCK_EX | LOCK_NB) == 0 && close(b) == 0);
    FAILS(flock(b, LOCK_SH), EBADF);
}

static void ranges_are_locked_by_who_opened_the_file(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR);

    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 10, 10) == 0 && lock(b, F_OFD_SETLK, F_WRLCK, 20, 0) == 0);
    FAILS(lock(b, F_OFD_SETLK, F_RDLCK, 0, 11), EAGAIN);
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
    CHECK(is_locked(b, F_WRLCK, 10, 10) && is_locked(a, F_WRLCK, 20, 0) && is_free(a, 10, 10));
    CHECK(flock(a, LOCK_EX | LOCK_NB) == 0);
    CHECK(lock(a, F_OFD_SETLK, F_UNLCK, 25, 0) == 0 && is_locked(a, F_WRLCK, 20, 0));   /* b's stays */
    CHECK(lock(a, F_SETLK, F_UNLCK, 0, 0) == 0 && is_locked(b, F_WRLCK, 10, 10));   /* not the process' */
    CHECK(close(b) == 0 && is_free(a, 0, 0) && close(a) == 0);
}

/* Through whichever descriptor, they are the process' own; only those of open files are in their way. */
static void a_process_locks_ranges_for_itself(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR);
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    CHECK(lock(a, F_SETLK, F_WRLCK, 10, 10) == 0 && lock(b, F_SETLKW, F_WRLCK, 15, 10) == 0);
    CHECK(is_ours(a, F_WRLCK, 10, 15) && is_ours(b, F_WRLCK, 10, 15));
    CHECK(fcntl(a, F_GETLK, &l) == 0 && l.l_type == F_UNLCK);
    FAILS(lock(a, F_OFD_SETLK, F_RDLCK, 24, 1), EAGAIN);
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 25, 5) == 0 && flock(b, LOCK_EX | LOCK_NB) == 0);
    FAILS(lock(b, F_SETLK, F_RDLCK, 0, 26), EAGAIN);
    l = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET };
    CHECK(fcntl(b, F_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_start == 25 && l.l_len == 5 && l.l_pid == -1);
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 25, 5) == 0 && lock(a, F_SETLK, F_RDLCK, 0, 0) == 0);
    CHECK(is_ours(a, F_RDLCK, 0, 0));
    CHECK(lock(a, F_SETLK, F_UNLCK, 5, 5) == 0 && is_free(a, 5, 5) && is_ours(a, F_RDLCK, 0, 5));
    CHECK(lock(a, F_SETLK, F_UNLCK, 0, 0) == 0 && is_free(b, 0, 0) && is_locked(a, F_RDLCK, 25, 5));
    CHECK(close(a) == 0 && close(b) == 0);
}

static void locks_of_the_process_go_with_any_descriptor(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR), other = open("g", O_RDWR | O_CREAT, 0644);
    int c = dup(a), d = open("g", O_RDWR);

    CHECK(lock(a, F_SETLK, F_WRLCK, 1, 1) == 0 && lock(a, F_OFD_SETLK, F_WRLCK, 5, 1) == 0 && lock(other, F_SETLK, F_WRLCK, 1, 1) == 0);
    CHECK(is_ours(b, F_WRLCK, 1, 1) && close(open("f", O_RDONLY)) == 0 && is_free(b, 1, 1) && is_locked(b, F_WRLCK, 5, 1));
    CHECK(lock(a, F_SETLK, F_WRLCK, 1, 1) == 0 && close(c) == 0 && is_free(b, 1, 1));
    CHECK(lock(a, F_SETLK, F_WRLCK, 1, 1) == 0 && (c = open("f", O_RDONLY)) >= 0);
    CHECK(dup2(other, c) == c && is_free(b, 1, 1));
    CHECK(lock(a, F_SETLK, F_WRLCK, 1, 1) == 0 && syscall(SYS_close_range, a, a, 0) == 0 && is_free(b, 0, 0));
    CHECK(dup2(other, other) == other && is_ours(d, F_WRLCK, 1, 1));
    CHECK(unlink("g") == 0 && (a = open("g", O_RDWR | O_CREAT, 0644)) >= 0 && is_free(a, 0, 0) && is_ours(d, F_WRLCK, 1, 1));
    CHECK(close(a) == 0 && close(b) == 0 && close(c) == 0 && close(d) == 0 && close(other) == 0);
}

static void ranges_are_cut_and_joined(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR);

    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 100) == 0 && lock(a, F_OFD_SETLK, F_UNLCK, 40, 20) == 0);
    CHECK(is_locked(b, F_WRLCK, 0, 40) && is_free(b, 40, 20) && is_locked(b, F_WRLCK, 60, 40));
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 40, 20) == 0 && is_locked(b, F_WRLCK, 0, 100));
    CHECK(lock(a, F_OFD_SETLK, F_RDLCK, 90, 20) == 0);
    CHECK(is_locked(b, F_WRLCK, 0, 90) && is_locked(b, F_RDLCK, 90, 20) && is_free(b, 110, 0));
    CHECK(lock(a, F_OFD_SETLK, F_RDLCK, 0, 50) == 0 && is_locked(b, F_RDLCK, 0, 50) && is_locked(b, F_WRLCK, 50, 40));
    CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 0, 50) == 0 && is_locked(a, F_RDLCK, 0, 50));
    CHECK(lock(a, F_OFD_SETLK, F_UNLCK, 1, 0) == 0 && is_locked(b, F_RDLCK, 0, 1) && is_free(b, 1, 0));
    CHECK(close(a) == 0 && close(b) == 0);
}

static void places_are_counted_from_where_one_says(void)
{
    int a = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644), b = open("f", O_RDWR);
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -10, .l_len = -20 };

    CHECK(ftruncate(a, 100) == 0 && lseek(a, 7, SEEK_SET) == 7);
    CHECK(fcntl(a, F_OFD_SETLK, &l) == 0 && is_locked(b, F_WRLCK, 70, 20));
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 1, .l_len = 2 };
    CHECK(fcntl(a, F_OFD_SETLK, &l) == 0 && is_locked(b, F_WRLCK, 8, 2));
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = 5, .l_len = -1 };
    CHECK(fcntl(b, F_SETLK, &l) == 0 && is_ours(b, F_WRLCK, 104, 1));
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, INT64_MAX, 1) == 0 && is_locked(b, F_WRLCK, INT64_MAX, 0));
    CHECK(close(a) == 0 && close(b) == 0);
}

static void what_is_no_lock_is_refused(void)
{
    int a = open("f", O_RDONLY | O_CREAT, 0644), b = open("f", O_WRONLY);
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_pid = 1 };

    FAILS(fcntl(b, F_OFD_SETLK, &l), EINVAL);
    FAILS(fcntl(b, F_OFD_GETLK, &l), EINVAL);
    FAILS(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0), EBADF);
    FAILS(lock(a, F_SETLKW, F_WRLCK, 0, 0), EBADF);
    FAILS(lock(b, F_OFD_SETLKW, F_RDLCK, 0, 0), EBADF);
    FAILS(lock(b, F_SETLK, F_RDLCK, 0, 0), EBADF);
    FAILS(lock(-1, F_SETLK, F_RDLCK, 0, 0), EBADF);
    FAILS(lock(b, F_SETLK, F_WRLCK, 10, -11), EINVAL);
    FAILS(lock(b, F_GETLK, F_WRLCK, INT64_MAX, 2), EOVERFLOW);
    FAILS(fcntl(b, F_GETLK, BAD), EFAULT);
    FAILS(lock(b, F_OFD_SETLK, 3, 0, 0), EINVAL);
    FAILS(lock(b, F_GETLK, F_UNLCK, 0, 0), EINVAL);
    FAILS(lock(b, F_OFD_SETLK, F_WRLCK, -1, 0), EINVAL);
    FAILS(lock(b, F_OFD_SETLK, F_WRLCK, 10, -11), EINVAL);
    FAILS(lock(b, F_OFD_SETLK, F_WRLCK, INT64_MAX, 2), EOVERFLOW);
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = 3 };
    FAILS(fcntl(b, F_OFD_SETLK, &l), EINVAL);
    FAILS(fcntl(b, F_OFD_SETLK, BAD), EFAULT);
    FAILS(fcntl(b, F_OFD_GETLK, BAD), EFAULT);
    FAILS(lock(-1, F_OFD_SETLK, F_WRLCK, 0, 0), EBADF);
    FAILS(flock(b, LOCK_SH | LOCK_EX), EINVAL);
    CHECK(is_free(a, 0, 0) && close(a) == 0 && close(b) == 0);
}

static int counter;

/* Each with an open file of its own, as threads that know nothing of each other. */
static const struct how {
    int by_flock, get, leave;
} of_flock = { .by_flock = 1 }, of_file = { 0, F_OFD_SETLKW, F_OFD_SETLK }, of_process = { 0, F_SETLKW, F_SETLK };

static void *count(void *arg)
{
    const struct how *how = arg;
    int fd = open("f", O_RDWR);

    for (int i = 0; i < 200; i++) {
        int seen;

        if (how->by_flock ? flock(fd, LOCK_EX) : lock(fd, how->get, F_WRLCK, 5, 1)) return NULL;
        seen = counter;
        sched_yield();
        counter = seen + 1;
        if (how->by_flock ? flock(fd, LOCK_UN) : lock(fd, how->leave, F_UNLCK, 0, 0)) return NULL;
    }
    return how == &of_process || close(fd) == 0 ? arg : NULL;      /* closing gives the process' up */
}

static void counted_by(const struct how *const *how, int threads)
{
    pthread_t t[4];
    void *result;

    CHECK(make("f", "text") == 0);
    counter = 0;
    for (int i = 0; i < threads; i++) CHECK(pthread_create(&t[i], NULL, count, (void *)(uintptr_t)how[i]) == 0);
    for (int i = 0; i < threads; i++) CHECK(pthread_join(t[i], &result) == 0 && result == how[i]);
    CHECK(counter == threads * 200);
}

static void threads_wait_for_each_others_locks(void)
{
    counted_by((const struct how *[]){ &of_flock, &of_flock, &of_flock, &of_flock }, 4);
    counted_by((const struct how *[]){ &of_file, &of_file, &of_file, &of_file }, 4);
    counted_by((const struct how *[]){ &of_file, &of_process, &of_file, &of_file }, 4);
}

static void *wait_for_lock(void *fd) { return lock(*(int *)fd, F_SETLKW, F_WRLCK, 0, 0) == 0 ? NULL : &errno; }

/* What has been given back is not kept by who waited: EBADF. */
static void a_descriptor_is_closed_while_a_lock_is_waited_for(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR), c = open("f", O_RDWR);
    pthread_t t;
    void *result;

    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 1) == 0 && pthread_create(&t, NULL, wait_for_lock, &b) == 0);
    usleep(20000);
    CHECK(close(b) == 0 && lock(a, F_OFD_SETLK, F_UNLCK, 0, 0) == 0);
    CHECK(pthread_join(t, &result) == 0 && result != NULL);
    CHECK(is_free(c, 0, 0) && close(a) == 0 && close(c) == 0);
}

/* Both want more than they have, which nobody gets who keeps what he has. */
static void *shared_then_alone(void *arg)
{
    int fd = open("f", O_RDWR);

    if (flock(fd, LOCK_SH) != 0) return NULL;
    usleep(10000);
    if (flock(fd, LOCK_EX) != 0) return NULL;
    return close(fd) == 0 ? arg : NULL;
}

static void two_who_want_more_both_get_it(void)
{
    pthread_t t[2];
    void *result;

    CHECK(make("f", "text") == 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&t[i], NULL, shared_then_alone, &t) == 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], &result) == 0 && result == &t);
}

const struct test lock_tests[] = {
    { "a_file_is_locked_by_who_opened_it", a_file_is_locked_by_who_opened_it },
    { "ranges_are_locked_by_who_opened_the_file", ranges_are_locked_by_who_opened_the_file },
    { "a_process_locks_ranges_for_itself", a_process_locks_ranges_for_itself },
    { "locks_of_the_process_go_with_any_descriptor", locks_of_the_process_go_with_any_descriptor },
    { "ranges_are_cut_and_joined", ranges_are_cut_and_joined },
    { "places_are_counted_from_where_one_says", places_are_counted_from_where_one_says },
    { "what_is_no_lock_is_refused", what_is_no_lock_is_refused },
    { "threads_wait_for_each_others_locks", threads_wait_for_each_others_locks },
    { "a_descriptor_is_closed_while_a_lock_is_waited_for", a_descriptor_is_closed_while_a_lock_is_waited_for },
    { "two_who_want_more_both_get_it", two_who_want_more_both_get_it },
    { NULL, NULL },
};

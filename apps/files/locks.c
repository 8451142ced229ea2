/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of open files: flock's, and those of ranges. */
#include "files.h"
#include <pthread.h>
#include <sys/file.h>

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

static int is_locked(int fd, int type, off_t start, off_t len)
{
    struct flock l = in_the_way(fd, start, 1);

    return l.l_type == type && l.l_start == start && l.l_len == len && l.l_pid == -1;
}

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
    CHECK(lock(a, F_SETLK, F_UNLCK, 0, 0) == 0 && is_locked(b, F_WRLCK, 10, 10));
    CHECK(close(b) == 0 && is_free(a, 0, 0) && close(a) == 0);
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
static void *count(void *by_flock)
{
    int fd = open("f", O_RDWR);

    for (int i = 0; i < 200; i++) {
        int seen;

        if (by_flock != NULL ? flock(fd, LOCK_EX) : lock(fd, F_OFD_SETLKW, F_WRLCK, 5, 1)) return NULL;
        seen = counter;
        sched_yield();
        counter = seen + 1;
        if (by_flock != NULL ? flock(fd, LOCK_UN) : lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0)) return NULL;
    }
    return close(fd) == 0 ? by_flock : NULL;
}

static void threads_wait_for_each_others_locks(void)
{
    pthread_t t[4];

    CHECK(make("f", "text") == 0);
    for (int by_flock = 0; by_flock < 2; by_flock++) {
        counter = 0;
        for (int i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, count, by_flock ? &counter : NULL) == 0);
        for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], NULL) == 0);
        CHECK(counter == 800);
    }
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
    { "ranges_are_cut_and_joined", ranges_are_cut_and_joined },
    { "places_are_counted_from_where_one_says", places_are_counted_from_where_one_says },
    { "what_is_no_lock_is_refused", what_is_no_lock_is_refused },
    { "threads_wait_for_each_others_locks", threads_wait_for_each_others_locks },
    { "two_who_want_more_both_get_it", two_who_want_more_both_get_it },
    { NULL, NULL },
};

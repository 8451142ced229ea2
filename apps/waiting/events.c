/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"
#include <pthread.h>
#include <sys/uio.h>

static void a_number_is_added_to_and_taken(void)
{
    int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t v = 4;
    struct iovec halves[] = { { &v, 4 }, { (char *)&v + 4, 4 } };
    struct stat s;

    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
          bits(fd, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT));
    CHECK(write(fd, &v, 8) == 8 && read(fd, &v, 8) == 8 && v == 7);
    FAILS(read(fd, &v, 8), EAGAIN);
    CHECK(bits(fd, POLLIN | POLLOUT, 0) == POLLOUT);
    v = UINT64_MAX - 1;
    CHECK(write(fd, &v, 8) == 8 && bits(fd, POLLIN | POLLOUT, 0) == POLLIN);
    v = 1;
    FAILS(write(fd, &v, 8), EAGAIN);
    v = UINT64_MAX;
    FAILS(write(fd, &v, 8), EINVAL);
    FAILS(write(fd, &v, 7), EINVAL);
    FAILS(read(fd, &v, 7), EINVAL);
    FAILS(write(fd, BAD, 8), EFAULT);
    v = 1;
    FAILS(writev(fd, halves, 2), EINVAL);
    FAILS(writev(fd, BAD, 1), EFAULT);
    CHECK(lseek(fd, 7, SEEK_SET) == 0);
    FAILS(fsync(fd), EINVAL);
    CHECK(fstat(fd, &s) == 0 && !S_ISFIFO(s.st_mode));
    CHECK(read(fd, &v, 8) == 8 && v == UINT64_MAX - 1 && close(fd) == 0);
    FAILS(eventfd(0, 0x40000000), EINVAL);
}

static void a_semaphore_is_taken_one_by_one(void)
{
    int fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    uint64_t v = 0;
    struct iovec halves[] = { { &v, 4 }, { (char *)&v + 4, 4 } };

    CHECK(read(fd, &v, 8) == 8 && v == 1 && readv(fd, halves, 2) == 8 && v == 1);
    FAILS(read(fd, &v, 8), EAGAIN);
    CHECK(write(fd, &v, 8) == 8 && read(fd, &v, 8) == 8 && v == 1 && close(fd) == 0);
}

static void *take(void *arg)
{
    uint64_t v = 0;

    return (void *)(long)(read((int)(long)arg, &v, 8) != 8 || v != 5);
}

static void *put_soon(void *arg)
{
    const uint64_t v = 1;

    sleep_ms(20);
    return (void *)(long)(read((int)(long)arg, &(uint64_t){ 0 }, 8) != 8 || v != 1);
}

static void who_takes_and_who_puts_waits(void)
{
    int fd = eventfd(0, 0);
    uint64_t v = 5;
    pthread_t other;
    void *wrong;

    CHECK(pthread_create(&other, NULL, take, (void *)(long)fd) == 0);
    sleep_ms(20);
    CHECK(write(fd, &v, 8) == 8 && pthread_join(other, &wrong) == 0 && wrong == NULL);
    v = UINT64_MAX - 1;
    CHECK(write(fd, &v, 8) == 8 && pthread_create(&other, NULL, put_soon, (void *)(long)fd) == 0);
    v = 9;
    CHECK(write(fd, &v, 8) == 8 && pthread_join(other, &wrong) == 0 && wrong == NULL);
    CHECK(read(fd, &v, 8) == 8 && v == 9 && close(fd) == 0);
}

const struct test event_tests[] = {
    { "a_number_is_added_to_and_taken", a_number_is_added_to_and_taken },
    { "a_semaphore_is_taken_one_by_one", a_semaphore_is_taken_one_by_one },
    { "who_takes_and_who_puts_waits", who_takes_and_who_puts_waits },
    { 0 },
};

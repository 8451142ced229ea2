/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/mvm/fake/daemon.c
/* Clients that may not ask, are silent, slow, wrong, too many, or gone. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/daemon/client.h"
#include "mvm/libshyper/remote.h"
#include "tests/unit/mvm/fake/daemon.h"
#include "tests/unit/mvm/fake/shyper.h"

/* Returns false when the daemon has hung up; a line it said before is in `text`. */
static bool hears(int fd, char *text, size_t size)
{
    ssize_t got = recv(fd, text, size - 1, 0);

    text[got > 0 ? got : 0] = 0;
    return got > 0;
}

static void is_dropped_with(int fd, const char *words)
{
    char text[512];

    if (words[0] != 0) {
        assert_true(hears(fd, text, sizeof(text)));
        if (strstr(text, words) == NULL) { fail_msg("'%s' is not in: %s", words, text); }
    }
    assert_false(hears(fd, text, sizeof(text)));
    close(fd);
}

static void writes(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void strangers_are_told_and_dropped(void **state)
{
    peer_allowed = false;
    peer_uid = 1234;
    is_dropped_with(connection(), "user 1234 is neither root nor in the group");
    peer_allowed = true;
    int fd = connection();
    assert_int_equal(remote_plain(fd, "shutdown"), -EACCES);
    assert_non_null(strstr(shyper_message(), "only root"));
    assert_string_equal(fake.asked, "");
    close(fd);
}

/* regression: 62 */
static void what_is_no_request_is_told_and_dropped(void **state)
{
    char line[WIRE_LINE_MAX + 1];
    int fd = connection();

    writes(fd, "GET / HTTP/1.0\r\n");
    is_dropped_with(fd, "no JSON");
    fd = connection();
    writes(fd, "{\"op\": \"self\"}\n{\"op\": \"self\"}\n");
    is_dropped_with(fd, "before the answer");
    fd = connection();
    memset(line, ' ', WIRE_LINE_MAX);
    line[WIRE_LINE_MAX] = 0;
    writes(fd, line);
    is_dropped_with(fd, "too long");
    serves_others();
}

static unsigned files_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(dir) != NULL) { count++; }
    closedir(dir);
    return count;
}

/* `count` copies of standard input beside some text. */
static void sends_files(int fd, const char *text, unsigned count)
{
    char control[CMSG_SPACE(32 * sizeof(int))] = { 0 };
    struct iovec part = { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = CMSG_SPACE(count * sizeof(int)) };

    *CMSG_FIRSTHDR(&m) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                           .cmsg_type = SCM_RIGHTS,
                                           .cmsg_len = CMSG_LEN(count * sizeof(int)) };
    assert_int_equal(sendmsg(fd, &m, 0), strlen(text));
}

static void files_nobody_asked_for_are_closed(void **state)
{
    struct shyper_daemon_status status = { 0 };
    int witness = connection(), fd;
    unsigned before;

    assert_int_equal(remote_struct(witness, "status", &status),
                     0); /* it has opened what it needs */
    before = files_open();
    fd = connection();
    sends_files(fd, "{\"op\": \"self\"}\n", 1);
    is_dropped_with(fd, "files came along");
    fd = connection();
    sends_files(fd, "{", 20);
    is_dropped_with(fd, "too many files");
    fd = connection();
    sends_files(fd, "{", 5);
    sends_files(fd, "}", 5);
    is_dropped_with(fd, "too many files");
    fd = connection();
    sends_files(fd, "{", 5);
    close(fd);                          /* gone in the middle of it */
    for (unsigned i = 0; i < 3000 && files_open() != before; i++) { usleep(10000); }
    assert_int_equal(files_open(), before);
    close(witness);
}

/* regression: 62 */
static void the_silent_and_the_slow_are_dropped(void **state)
{
    client_patience_ms = 1000;
    int idle = connection();
    assert_int_equal(remote_plain(idle, "self"), 0);
    int silent = connection(), half = connection();

    writes(half, "{\"op\": ");
    is_dropped_with(silent, "");
    is_dropped_with(half, "");
    /* who has asked once may think as long as it likes */
    assert_int_equal(remote_plain(idle, "self"), 0);
    close(idle);
    serves_others();
}

static void who_takes_no_answers_is_dropped(void **state)
{
    static const char request[] = "{\"op\": \"system-info\"}\n";
    int fd = connection();
    bool dropped = false;

    client_patience_ms = 200;
    for (unsigned i = 0; i < 100000 && !dropped; i++) {
        struct pollfd wait = { .fd = fd, .events = POLLOUT };

        (void)poll(&wait, 1, 1);
        dropped = send(fd, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
                  errno != EAGAIN;
        usleep(100);
        if (i % 1000 == 0) { serves_others(); }
    }
    assert_true(dropped);
    close(fd);
    serves_others();
}

static void there_is_a_limit_of_connections(void **state)
{
    int fds[CLIENTS_MAX];
    unsigned count;

    peer_uid = 7;
    for (count = 0; count < CLIENTS_PER_USER; count++) { fds[count] = connection(); }
    is_dropped_with(connection(), "too many connections");
    peer_uid = 0;
    for (; count < CLIENTS_MAX; count++) { fds[count] = connection(); }
    is_dropped_with(connection(), "too many connections");
    while (count > 0) { close(fds[--count]); }
    while (remote_plain(fds[0] = connection(), "self") != 0) { close(fds[0]); }
    close(fds[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_fresh, daemon_clean)
    const struct CMUnitTest tests[] = {
        TEST(strangers_are_told_and_dropped),
        TEST(what_is_no_request_is_told_and_dropped),
        TEST(files_nobody_asked_for_are_closed),
        TEST(the_silent_and_the_slow_are_dropped),
        TEST(who_takes_no_answers_is_dropped),
        TEST(there_is_a_limit_of_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

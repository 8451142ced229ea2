/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/daemon.c mvm/daemon/client.c mvm/daemon/serve.c mvm/daemon/job.c
// sources: mvm/daemon/vms.c mvm/daemon/policy.c mvm/daemon/scroll.c mvm/daemon/logfile.c
// sources: mvm/daemon/ask.c mvm/libshyper/wire.c mvm/libshyper/remote.c mvm/libshyper/make.c
// sources: mvm/libshyper/recover.c mvm/libshyper/kept.c mvm/libshyper/kept_record.c
// sources: mvm/libshyper/load.c tests/unit/mvm/fake/shyper.c -ljansson -lpthread
/* The daemon's loop in a thread, on a fake hypervisor, with the clients it may get: those of
 * libshyper, and those that are silent, slow, wrong, too many, or gone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/daemon/client.h"
#include "mvm/daemon/daemon.h"
#include "mvm/daemon/job.h"
#include "mvm/daemon/peer.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/remote.h"
#include "tests/unit/mvm/fake/shyper.h"

static char folder[64], console[80];
static pthread_t thread;
static bool allowed;
static uid_t uid;

int64_t peer_group(void)        { return -1; }
struct peer peer_of(int fd)     { return (struct peer){ .uid = uid, .pid = 1, .allowed = allowed }; }

static void *run(void *context)
{
    assert_int_equal(daemon_run(), 0);
    return NULL;
}

static void daemon_start(void)
{
    char path[128];

    memset(&the, 0, sizeof(the));
    the.sys = shyper_open_device();
    assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
    snprintf(path, sizeof(path), "%s/socket", folder);
    while (access(path, F_OK) != 0) { usleep(1000); }
}

/* A job that was left would meet the next test's daemon. */
static void jobs_end(void)
{
    struct shyper_daemon_status status = { .jobs = 1 };
    int fd;

    allowed = true;
    uid = 0;
    fd = remote_open();
    while (fd >= 0 && remote_struct(fd, "status", &status) == 0 && status.jobs != 0) {
        usleep(1000);
    }
    close(fd);
}

static void daemon_end(void)
{
    jobs_end();
    pthread_kill(thread, SIGTERM);
    pthread_join(thread, NULL);
    close(the.sys);
}

static int connection(void)
{
    int fd;

    do { fd = remote_open(); } while (fd == -ECONNREFUSED);     /* bound, not yet listening */
    if (fd < 0) { fail_msg("connect: %s", strerror(-fd)); }
    assert_true(fd >= 0);
    return fd;
}

static void serves_others(void)
{
    struct shyper_system_info info;
    int fd = connection();

    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_SYSTEM_INFO, &info), 0);
    assert_int_equal(info.cpus, 4);
    close(fd);
}

static int fresh(void **state)
{
    allowed = true;
    uid = 0;
    client_patience_ms = 10000;
    fake_start();
    strcpy(fake_vm(1, "hello", SHYPER_VM_RUNNING, 0)->console, "Hello, world\n");
    strcpy(folder, "/tmp/shyper-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    kept_folder = folder;
    logfile_folder = "/nowhere";
    snprintf(console, sizeof(console), "%s/console", folder);
    scroll_folder = console;
    daemon_start();
    serves_others();                    /* it has seen the VMs as they are now */
    return 0;
}

/* The process ends with it as a rule. */
static void daemon_forget(void)
{
    while (jobs_running() != 0) {       /* one that its policy began meanwhile */
        free(job_done());
        usleep(100);
    }
    while (clients != NULL) {
        struct client *next = clients->next;

        close(clients->fd);
        free(clients->out);
        free(clients);
        clients = next;
    }
    while (vms != NULL) {
        struct vm *next = vms->next;

        close(vms->fd);
        scroll_close(&vms->scroll);
        free(vms);
        vms = next;
    }
}

static int clean(void **state)
{
    char command[128];

    daemon_end();
    daemon_forget();
    fake_end();
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static int vm_connection(uint32_t id)
{
    int system = connection();
    int vm = remote_ioctl(system, SHYPER_IOC_VM_OPEN, (void *)(uintptr_t)id);

    close(system);
    return vm;
}

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

static void the_calls_of_the_device_work_through_it(void **state)
{
    int fd = connection(), vm = vm_connection(1);
    struct shyper_vm_info info;
    struct shyper_vm_stat stat;
    struct shyper_kept kept;

    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_VM_NEXT, (void *)(uintptr_t)UINT32_MAX), 0);
    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_VM_NEXT, (void *)(uintptr_t)1), -ENOENT);
    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_SELF, NULL), 0);
    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_LOG_LEVEL, (void *)SHYPER_LOG_DEBUG), SHYPER_LOG_INFO);
    assert_int_equal(fake.log_level, SHYPER_LOG_DEBUG);
    assert_int_equal(remote_ioctl(vm, SHYPER_IOC_INFO, &info), 0);
    assert_memory_equal(&info, &fake.vm[1].info, sizeof(info));
    assert_int_equal(remote_ioctl(vm, SHYPER_IOC_STAT, &stat), 0);
    assert_int_equal(stat.run_ns, 1500000000);
    assert_int_equal(remote_struct(vm, "kept", &kept), 0);
    assert_int_equal(kept.images, SHYPER_KEPT_NOTHING);
    assert_int_equal(vm_connection(3), -ENOENT);
    /* each handle for its own calls */
    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_INFO, &info), -ENOTTY);
    assert_int_equal(remote_ioctl(vm, SHYPER_IOC_SELF, NULL), -ENOTTY);
    assert_int_equal(remote_ioctl(fd, SHYPER_IOC_RUN, NULL), -ENOTTY);
    close(vm);
    close(fd);
}

static void a_job_is_answered_when_it_is_done(void **state)
{
    int vm = vm_connection(1);

    assert_int_equal(remote_plain(vm, "stop"), 0);
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_STOPPED);
    assert_int_equal(remote_plain(vm, "stop"), -EBUSY);
    assert_int_equal(remote_plain(vm, "start"), -ENOKEY);
    assert_non_null(strstr(shyper_message(), "configure it again"));
    assert_int_equal(remote_plain(vm, "remove"), 0);
    assert_int_equal(remote_plain(vm, "stop"), -ENOENT);
    close(vm);
}

static ssize_t console_read(int vm, uint64_t *cursor, char *text, size_t room, uint64_t *lost)
{
    struct shyper_ioc_buf buf = {
        .size = sizeof(buf), .addr = (uintptr_t)text, .bytes = room, .cursor = *cursor
    };
    int ret = remote_ioctl(vm, SHYPER_IOC_CONSOLE_READ, &buf);

    *cursor = buf.cursor;
    *lost = buf.lost;
    return ret < 0 ? ret : (ssize_t)buf.bytes;
}

static void viewers_see_the_same_and_type_to_the_same(void **state)
{
    int one = vm_connection(1), two = vm_connection(1);
    struct shyper_ioc_buf typed = {
        .size = sizeof(typed), .addr = (uintptr_t) "typed\n", .bytes = 6
    };
    uint64_t at_one = 0, at_two = 0, lost;
    char text[64] = "";

    assert_int_equal(console_read(one, &at_one, text, sizeof(text), &lost), 13);
    assert_int_equal(remote_ioctl(two, SHYPER_IOC_CONSOLE_WRITE, &typed), 0);
    assert_string_equal(fake.vm[1].typed, "typed\n");
    assert_int_equal(console_read(two, &at_two, text, sizeof(text), &lost), 19);
    assert_string_equal(text, "Hello, world\ntyped\n");
    memset(text, 0, sizeof(text));
    assert_int_equal(console_read(one, &at_one, text, sizeof(text), &lost), 6);
    assert_string_equal(text, "typed\n");
    close(one);
    close(two);
}

static void a_vm_is_made_of_files_that_come_along(void **state)
{
    int fd = connection(), files[] = { memfd_create("blob", 0), memfd_create("kernel", 0) };
    char got[8] = "";
    json_t *answer;

    assert_int_equal(write(files[0], "blob", 4), 4);
    assert_int_equal(write(files[1], "KERNEL", 6), 6);
    strcpy(fake.created_name, "new");
    json_t *request = json_pack("{s:s, s:s, s:s, s:[{s:i, s:i}]}", "op", "config", "name", "new",
                                "profile", "/x", "images", "ipa", FAKE_RAM, "bytes", 6);
    assert_int_equal(remote_call(fd, json_incref(request), files, 2, &answer), 0);
    assert_int_equal(json_integer_value(json_object_get(answer, "value")), 2);
    json_decref(answer);
    assert_int_equal(pread(fake.vm[2].memory, got, 6, FAKE_RAM), 6);
    assert_string_equal(got, "KERNEL");
    /* its name is in use now */
    assert_int_equal(remote_call(fd, json_incref(request), files, 2, NULL), -EEXIST);
    /* and only regular files are read */
    files[1] = (close(files[1]), open("/dev/zero", O_RDONLY));
    assert_int_equal(remote_call(fd, request, files, 2, NULL), -EINVAL);
    assert_non_null(strstr(shyper_message(), "no regular file"));
    close(files[0]);
    close(files[1]);
    close(fd);
}

static void strangers_are_told_and_dropped(void **state)
{
    allowed = false;
    uid = 1234;
    is_dropped_with(connection(), "user 1234 is neither root nor in the group");
    allowed = true;
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

    assert_int_equal(remote_struct(witness, "status", &status), 0);     /* it has opened what it needs */
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

    uid = 7;
    for (count = 0; count < CLIENTS_PER_USER; count++) { fds[count] = connection(); }
    is_dropped_with(connection(), "too many connections");
    uid = 0;
    for (; count < CLIENTS_MAX; count++) { fds[count] = connection(); }
    is_dropped_with(connection(), "too many connections");
    while (count > 0) { close(fds[--count]); }
    while (remote_plain(fds[0] = connection(), "self") != 0) { close(fds[0]); }
    close(fds[0]);
}

static void who_listens_is_woken(void **state)
{
    int fd = connection();
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    assert_int_equal(remote_plain(fd, "events"), 0);
    assert_int_equal(poll(&wait, 1, 50), 0);
    clients_tell(SHYPER_EVENT_STATE);   /* as after the doorbell */
    serves_others();
    assert_int_equal(poll(&wait, 1, 5000), 1);
    assert_int_equal(remote_plain(fd, "events"), SHYPER_EVENT_STATE);
    assert_int_equal(poll(&wait, 1, 50), 0);
    close(fd);
}

static void images_keep(void)
{
    struct shyper_config config = { .name = "hello", .profile = "/x", .count = 1 };

    config.image[0] = (struct shyper_image){ memfd_create("k", 0), FAKE_RAM, 4 };
    assert_int_equal(write(config.image[0].fd, "KERN", 4), 4);
    assert_int_equal(kept_begin(&config), 0);
    assert_int_equal(kept_images(&config, true), 0);
    assert_int_equal(kept_commit(1), 0);
    close(config.image[0].fd);
}

static void crashes(uint32_t restart_delay_ms)
{
    fake.vm[1].info.restart = SHYPER_RESTART_ON_CRASH;
    fake.vm[1].info.restart_delay_ms = restart_delay_ms;
    fake.vm[1].info.reason = SHYPER_REASON_HUNG;
    fake.vm[1].info.state = SHYPER_VM_CRASHED;
}

static struct shyper_kept kept_now(void)
{
    struct shyper_kept kept = { 0 };
    int vm = vm_connection(1);

    assert_int_equal(remote_struct(vm, "kept", &kept), 0);
    close(vm);
    return kept;
}

static void waits_until_it_runs(void)
{
    for (unsigned i = 0; i < 3000 && fake.vm[1].info.state != SHYPER_VM_RUNNING; i++) {
        usleep(10000);
    }
    assert_int_equal(fake.vm[1].info.state, SHYPER_VM_RUNNING);
}

/* regression: 81 */
static void a_crashed_vm_is_started_again_from_what_is_kept(void **state)
{
    struct shyper_kept kept;
    char got[8] = "";

    images_keep();
    crashes(1);
    kept = kept_now();
    assert_int_equal(kept.images, SHYPER_KEPT_COPIES);
    assert_true(kept.restart_in_ms <= 1);
    waits_until_it_runs();
    assert_string_equal(fake.asked, "reset 1, boot 1, ");
    assert_int_equal(pread(fake.vm[1].memory, got, 4, FAKE_RAM), 4);
    assert_string_equal(got, "KERN");
}

static void another_daemon(void)
{
    daemon_end();
    daemon_forget();
    daemon_start();
}

/* regression: 81 */
static void a_new_daemon_goes_on_waiting_where_the_old_one_was(void **state)
{
    images_keep();
    crashes(1);
    (void)kept_now();
    waits_until_it_runs();
    crashes(60000);                     /* soon after its restart: 2 ms */
    another_daemon();
    (void)kept_now();
    waits_until_it_runs();
    crashes(60000);
    (void)kept_now();                   /* 4 ms */
    waits_until_it_runs();
    assert_string_equal(fake.asked, "reset 1, boot 1, reset 1, boot 1, reset 1, boot 1, ");
}

static void a_new_daemon_keeps_to_what_was_decided(void **state)
{
    int vm;

    images_keep();
    crashes(30000);
    assert_in_range(kept_now().restart_in_ms, 1, 30000);
    fake.vm[1].info.restart_delay_ms = 60000;
    another_daemon();
    assert_in_range(kept_now().restart_in_ms, 1, 30000);
    vm = vm_connection(1);
    assert_int_equal(remote_plain(vm, "stop"), 0);
    close(vm);
    another_daemon();
    assert_int_equal(kept_now().restart_in_ms, SHYPER_NO_RESTART);
    assert_string_equal(fake.asked, "");
}

static void a_restart_that_is_not_possible_is_given_up(void **state)
{
    fake.vm[1].info.boot_time = 0;
    crashes(1);                         /* and nothing is kept of its images */
    while (kept_now().restart_in_ms != SHYPER_NO_RESTART) { usleep(1000); }
    assert_string_equal(fake.asked, "");
}

static void what_is_asked_of_a_waiting_vm_overrules_its_policy(void **state)
{
    int vm = vm_connection(1);

    fake.vm[1].info.restart = SHYPER_RESTART_ALWAYS;
    fake.vm[1].info.restart_delay_ms = 60000;
    fake.vm[1].info.state = SHYPER_VM_STOPPED;
    fake.vm[1].info.reason = SHYPER_REASON_OFF;
    assert_int_equal(remote_plain(vm, "stop"), 0);
    assert_string_equal(fake.asked, "");
    assert_int_equal(remote_plain(vm, "stop"), -EBUSY);         /* now it just does not run */
    close(vm);
}

static void the_status_tells_what_it_costs(void **state)
{
    struct shyper_daemon_status status;
    int fd = connection();

    assert_int_equal(remote_struct(fd, "status", &status), 0);
    assert_int_equal(status.pid, getpid());
    assert_int_equal(status.clients, 1);
    assert_int_equal(status.vms, 2);
    assert_true(status.resident_bytes > 100 * KIB);
    assert_int_equal(status.kept_bytes, SCROLL_BYTES);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_calls_of_the_device_work_through_it, fresh, clean),
        cmocka_unit_test_setup_teardown(a_job_is_answered_when_it_is_done, fresh, clean),
        cmocka_unit_test_setup_teardown(viewers_see_the_same_and_type_to_the_same, fresh, clean),
        cmocka_unit_test_setup_teardown(a_vm_is_made_of_files_that_come_along, fresh, clean),
        cmocka_unit_test_setup_teardown(strangers_are_told_and_dropped, fresh, clean),
        cmocka_unit_test_setup_teardown(what_is_no_request_is_told_and_dropped, fresh, clean),
        cmocka_unit_test_setup_teardown(files_nobody_asked_for_are_closed, fresh, clean),
        cmocka_unit_test_setup_teardown(the_silent_and_the_slow_are_dropped, fresh, clean),
        cmocka_unit_test_setup_teardown(who_takes_no_answers_is_dropped, fresh, clean),
        cmocka_unit_test_setup_teardown(there_is_a_limit_of_connections, fresh, clean),
        cmocka_unit_test_setup_teardown(who_listens_is_woken, fresh, clean),
        cmocka_unit_test_setup_teardown(a_crashed_vm_is_started_again_from_what_is_kept, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(a_new_daemon_goes_on_waiting_where_the_old_one_was, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(a_new_daemon_keeps_to_what_was_decided, fresh, clean),
        cmocka_unit_test_setup_teardown(a_restart_that_is_not_possible_is_given_up, fresh, clean),
        cmocka_unit_test_setup_teardown(what_is_asked_of_a_waiting_vm_overrules_its_policy, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(the_status_tells_what_it_costs, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

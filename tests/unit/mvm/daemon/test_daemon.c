/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/mvm/fake/daemon.c
/* What clients of the daemon ask for and get. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/daemon/client.h"
#include "mvm/daemon/scroll.h"
#include "mvm/libshyper/remote.h"
#include "tests/unit/mvm/fake/daemon.h"
#include "tests/unit/mvm/fake/shyper.h"

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_fresh, daemon_clean)
    const struct CMUnitTest tests[] = {
        TEST(the_calls_of_the_device_work_through_it),
        TEST(a_job_is_answered_when_it_is_done),
        TEST(viewers_see_the_same_and_type_to_the_same),
        TEST(a_vm_is_made_of_files_that_come_along),
        TEST(who_listens_is_woken),
        TEST(the_status_tells_what_it_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/scroll.c mvm/daemon/logfile.c
/* What a console showed, for viewers and in files: cursors, what was missed, a daemon's death, a disk
 * without room. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "mvm/daemon/daemon.h"
#include "mvm/daemon/logfile.h"
#include "mvm/daemon/scroll.h"
#include "tests/unit/folder.h"

static unsigned said;
static struct scroll scroll;

void say(const char *format, ...) { said++; }

static int fresh(void **state)
{
    assert_int_equal(folder_make(state), 0);
    scroll_folder = logfile_folder = folder;
    scroll_open(&scroll, 3, "hello");
    said = 0;
    logfile_lost = 0;
    return 0;
}

static int clean(void **state)
{
    scroll_close(&scroll);
    return folder_remove(state);
}

static void add(const char *text)
{
    scroll_add(&scroll, text, strlen(text), scroll.head.taken + strlen(text));
}

static void reads(uint64_t from, const char *text, uint64_t missed)
{
    char got[64] = "";
    uint64_t lost;
    size_t bytes = scroll_read(&scroll, &from, got, sizeof(got) - 1, &lost);

    assert_int_equal(bytes, strlen(text));
    assert_string_equal(got, text);
    assert_int_equal(lost, missed);
    assert_int_equal(from, scroll.head.total);
}

static void every_viewer_sees_the_same_from_its_place_on(void **state)
{
    reads(0, "", 0);
    add("one ");
    add("two");
    reads(0, "one two", 0);
    reads(4, "two", 0);
    reads(7, "", 0);
    reads(1000, "", 0);         /* of a VM before: it starts at the end */
}

static void the_oldest_go_and_slow_viewers_are_told_how_much(void **state)
{
    char piece[1000];
    uint64_t cursor = 0, lost;

    memset(piece, 'x', sizeof(piece));
    for (unsigned i = 0; i < 300; i++) { scroll_add(&scroll, piece, sizeof(piece), 0); }
    add("the end");
    reads(scroll.head.total - 7, "the end", 0);
    assert_int_equal(scroll_read(&scroll, &cursor, piece, sizeof(piece), &lost), sizeof(piece));
    assert_int_equal(lost, 300007 - SCROLL_BYTES);
    assert_int_equal(cursor, lost + sizeof(piece));
}

static void it_outlives_the_daemon(void **state)
{
    add("before");
    scroll_close(&scroll);
    scroll_open(&scroll, 3, "hello");
    reads(0, "before", 0);
    assert_int_equal(scroll.head.taken, 6);
    scroll_close(&scroll);
    scroll_open(&scroll, 3, "other");           /* the id's next VM */
    reads(0, "", 0);
}

static void bytes_without_their_head_are_not_there(void **state)
{
    add("known");
    assert_int_equal(pwrite(scroll.fd, "lost", 4, 5), 4);
    scroll_close(&scroll);
    scroll_open(&scroll, 3, "hello");
    reads(0, "known", 0);
}

static void a_file_that_is_none_is_made_anew(void **state)
{
    assert_int_equal(ftruncate(scroll.fd, 100), 0);
    scroll_close(&scroll);
    scroll_open(&scroll, 3, "hello");
    add("fine");
    reads(0, "fine", 0);
}

static void without_a_folder_memory_has_to_do(void **state)
{
    scroll_close(&scroll);
    scroll_folder = "/proc/nowhere";
    scroll_open(&scroll, 3, "hello");
    add("still there");
    reads(0, "still there", 0);
}

static bool keep_hello(uint32_t id, const char *name) { return id == 3 && !strcmp(name, "hello"); }

static void files_of_vms_that_are_gone_go_too(void **state)
{
    struct scroll other;
    char path[128];

    scroll_open(&other, 4, "hello");
    scroll_close(&other);
    scroll_clean(keep_hello);
    snprintf(path, sizeof(path), "%s/4.hello", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    snprintf(path, sizeof(path), "%s/3.hello", folder);
    assert_int_equal(access(path, F_OK), 0);
    scroll_forget(3, "hello");
    assert_int_not_equal(access(path, F_OK), 0);
}

/* --- log files --- */

static off_t size_of(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static void a_log_is_turned_over_when_it_is_large(void **state)
{
    static char piece[64 * 1024];
    struct logfile log;

    memset(piece, 'x', sizeof(piece));
    logfile_init(&log, "hello");
    for (unsigned i = 0; i < 40; i++) { logfile_add(&log, piece, sizeof(piece)); }
    assert_int_equal(size_of("hello.log.1"), MIB);
    assert_int_equal(size_of("hello.log"), 8 * sizeof(piece));
    assert_int_equal(said, 0);
}

static void without_its_folder_nothing_is_logged_nor_said(void **state)
{
    struct logfile log;

    logfile_folder = "/nowhere";
    logfile_init(&log, "hello");
    logfile_add(&log, "text", 4);
    assert_int_equal(said, 0);
    assert_int_equal(logfile_lost, 0);
}

static void no_room_loses_log_text_is_counted_and_said_once(void **state)
{
    const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
    struct logfile log;

    logfile_init(&log, "hello");
    logfile_add(&log, "one\n", 4);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &none);
    for (unsigned i = 0; i < 5; i++) { logfile_add(&log, "lost\n", 5); }
    setrlimit(RLIMIT_FSIZE, &all);
    assert_int_equal(said, 1);
    assert_int_equal(logfile_lost, 25);
    logfile_add(&log, "two\n", 4);
    assert_int_equal(size_of("hello.log"), strlen("one\n\n[25 bytes were lost: no room]\ntwo\n"));
    assert_int_equal(log.lost, 0);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
    struct logfile log;
    char path[128];

    snprintf(path, sizeof(path), "%s/hello.log", folder);
    assert_int_equal(symlink("/tmp/shyper-test-elsewhere", path), 0);
    logfile_init(&log, "hello");
    logfile_add(&log, "text", 4);
    assert_int_equal(logfile_lost, 4);
    assert_int_not_equal(access("/tmp/shyper-test-elsewhere", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_viewer_sees_the_same_from_its_place_on, fresh, clean),
        cmocka_unit_test_setup_teardown(the_oldest_go_and_slow_viewers_are_told_how_much, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(it_outlives_the_daemon, fresh, clean),
        cmocka_unit_test_setup_teardown(bytes_without_their_head_are_not_there, fresh, clean),
        cmocka_unit_test_setup_teardown(a_file_that_is_none_is_made_anew, fresh, clean),
        cmocka_unit_test_setup_teardown(without_a_folder_memory_has_to_do, fresh, clean),
        cmocka_unit_test_setup_teardown(files_of_vms_that_are_gone_go_too, fresh, clean),
        cmocka_unit_test_setup_teardown(a_log_is_turned_over_when_it_is_large, fresh, clean),
        cmocka_unit_test_setup_teardown(without_its_folder_nothing_is_logged_nor_said, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(no_room_loses_log_text_is_counted_and_said_once, fresh,
                                        clean),
        cmocka_unit_test_setup_teardown(a_link_in_its_place_is_not_followed, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

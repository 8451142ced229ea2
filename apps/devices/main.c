/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of /dev and /proc, of what files and file systems tell of themselves,
 * and of paths, tested from inside. Exit status: 0 when all of it held. */
#include "devices.h"
#include <sys/mount.h>

int checks_failed;

static int run(const struct test *tests)
{
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++, n++) {
        int before = checks_failed;

        if (mkdir("test", 0755) != 0 || chdir("test") != 0)
            checks_failed++;
        else
            t->run();
        /* What is left of a test is in the way of nobody. */
        if (chdir("/tmp") != 0 || rename("test", t->name) != 0) checks_failed++;
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
    }
    return n;
}

/* Linux starts without them. */
static void mount_what_is_missing(void)
{
    if (!exists("/dev/null")) (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
    if (!exists("/proc/version") && (mkdir("/proc", 0755) == 0 || errno == EEXIST))
        (void)mount("proc", "/proc", "proc", 0, NULL);
    if (mkdir("/tmp", 01777) == 0) (void)mount("tmp", "/tmp", "tmpfs", 0, NULL);
}

int main(int argc, char **argv)
{
    int n;

    if (argc > 1 && strcmp(argv[1], "keys") == 0) return look_at_keys();

    mount_what_is_missing();
    if (chdir("/tmp") != 0) return 1;
    n = run(memory_device_tests) + run(terminal_tests) + run(proc_tests) + run(about_fs_tests) +
        run(path_tests);
    printf("done: %d tests, %d failed\n", n, checks_failed);
    return checks_failed != 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of /dev and /proc, of what files and file systems tell of themselves,
 * and of paths, tested from inside. Exit status: 0 when all of it held. */
#include "devices.h"
#include <sys/mount.h>

/* Linux starts without them. */
static void mount_what_is_missing(void)
{
    if (!exists("/dev/null")) (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
    if (!exists("/proc/version") && (mkdir("/proc", 0755) == 0 || errno == EEXIST))
        (void)mount("proc", "/proc", "proc", 0, NULL);
    (void)symlink("/proc/self/fd", "/dev/fd");
    (void)symlink("/proc/self/fd/0", "/dev/stdin");
    (void)symlink("/proc/self/fd/1", "/dev/stdout");
    (void)symlink("/proc/self/fd/2", "/dev/stderr");
    if (mkdir("/tmp", 01777) == 0) (void)mount("tmp", "/tmp", "tmpfs", 0, NULL);
}

static const struct test *const all[] = { memory_device_tests, terminal_tests, proc_tests,
    descriptor_link_tests, about_fs_tests, path_tests, NULL };

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "keys") == 0) return look_at_keys();

    mount_what_is_missing();
    if (chdir("/tmp") != 0) return 1;
    return run_tests(all, argv + argc, run_in_folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of files, tested from inside. Exit status: 0 when all of it held.
 * With the argument "initrd" it looks at what a boot loader brought instead:
 * tests/system/test_unikernel_files.py */
#include "files.h"

static int look_at_initrd(void)
{
    struct stat s;

    if (!holds("/initrd/etc/motd", "hello from the initrd\n") ||
        !holds("/initrd/link", "hello from the initrd\n"))
        return 1;
    if (!holds("/initrd/one", "two names") || !holds("/initrd/two", "two names")) return 2;
    if (stat("/initrd/one", &s) != 0 || s.st_nlink != 2 || s.st_mode != (S_IFREG | 0640)) return 3;
    if (open("/initrd/etc/motd", O_WRONLY) != -1 || errno != EROFS) return 4;
    if (open("/initrd/new", O_WRONLY | O_CREAT, 0600) != -1 || errno != EROFS) return 5;
    if (unlink("/initrd/one") != -1 || errno != EROFS) return 6;
    if (link("/initrd/one", "/tmp/one") != -1 || errno != EXDEV) return 7;
    if (rmdir("/initrd") != -1 || errno != EBUSY) return 8;
    if (stat("/initrd/large", &s) != 0 || s.st_size != 1000000) return 9;
    printf("the initrd is there\n");
    return 0;
}

static const struct test *const all[] = { data_tests, name_tests, descriptor_tests, about_tests,
    newer_tests, lock_tests, thread_tests, NULL };

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "initrd") == 0) return look_at_initrd();
    (void)mkdir("/tmp", 0777);
    if (chdir("/tmp") != 0) return 1;
    return run_tests(all, argv + argc, run_in_folder);
}

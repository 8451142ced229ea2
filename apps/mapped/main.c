/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of files in memory, and of the calls on memory, tested from inside. Exit
 * status: 0 when all of it held. With the argument "initrd" it maps what a boot loader brought:
 * tests/system/test_unikernel_mapped.py */
#include "mapped.h"

static int probe;

int there(const volatile void *at) { return pwrite(probe, (const void *)at, 1, 0) == 1; }

int writable(volatile void *at)
{
    char was;

    if (!there(at)) return 0;
    was = *(volatile char *)at;
    return pwrite(probe, &was, 1, 0) == 1 && pread(probe, (void *)at, 1, 0) == 1;
}

int make_bytes(const char *path, size_t bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    char page[PAGE];

    for (size_t at = 0; at < bytes; at += sizeof(page)) {
        size_t n = bytes - at < sizeof(page) ? bytes - at : sizeof(page);

        for (size_t i = 0; i < n; i++) page[i] = byte_of(at + i);
        if (write(fd, page, n) != (ssize_t)n) return -1;
    }
    return fd;
}

/* A file of two pages and a half, as test_unikernel_mapped.py makes it: byte i is i % 251. */
static int look_at_initrd(void)
{
    int fd = open("/initrd/bytes", O_RDONLY);
    const char *m = map(fd, 4 * PAGE, PROT_READ, MAP_SHARED, 0), *again;
    char *own = map(fd, 3 * PAGE, RW, MAP_PRIVATE, 0);

    if (m == MAP_FAILED || own == MAP_FAILED) return 1;
    for (size_t i = 0; i < 10000; i++) {
        if (m[i] != (char)(i % 251) || own[i] != m[i]) return 2;
    }
    for (size_t i = 10000; i < 3 * PAGE; i++) {
        if (m[i] != 0 || own[i] != 0) return 3;
    }
    if (there(m + 3 * PAGE)) return 4;
    if (map(fd, PAGE, RW, MAP_SHARED, 0) != MAP_FAILED || errno != EACCES) return 5;
    if (mprotect((void *)m, PAGE, RW) != -1 || errno != EACCES) return 6;
    own[5] = 'x';
    again = map(fd, PAGE, PROT_READ, MAP_PRIVATE, 0);
    if (again == MAP_FAILED || again[5] != 5 || m[5] != 5) return 7;
    printf("the initrd can be mapped\n");
    return 0;
}

static const struct test *const all[] = { shared_tests, private_tests, call_tests, content_tests,
    stress_tests, NULL };

int main(int argc, char **argv)
{
    (void)mkdir("/tmp", 0777);
    if (chdir("/tmp") != 0) return 1;
    probe = open("probe", O_RDWR | O_CREAT, 0600);
    if (argc > 1 && strcmp(argv[1], "initrd") == 0) return look_at_initrd();
    return run_tests(all, argv + argc, run_in_folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of files in memory, and of the calls on memory, tested from inside. Exit
 * status: 0 when all of it held. With the argument "initrd" it maps what a boot loader brought:
 * tests/system/test_unikernel_mapped.py */
#include "mapped.h"
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int checks_failed;

static int probe;

int there(const volatile void *at) { return pwrite(probe, (const void *)at, 1, 0) == 1; }

int writable(volatile void *at)
{
    char was;

    if (!there(at)) return 0;
    was = *(volatile char *)at;
    return pwrite(probe, &was, 1, 0) == 1 && pread(probe, (void *)at, 1, 0) == 1;
}

unsigned long free_pages(void)
{
    struct sysinfo s;

    return sysinfo(&s) == 0 ? s.freeram * s.mem_unit / PAGE : 0;
}

unsigned long free_pages_off(void)
{
    struct utsname u;

    return uname(&u) == 0 && strcmp(u.sysname, "Linux") == 0 ? 512 : 0;
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

static int run(const struct test *tests)
{
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++, n++) {
        int before = checks_failed;

        if (mkdir("test", 0755) != 0 || chdir("test") != 0) checks_failed++;
        else t->run();
        if (chdir("/tmp") != 0 || rename("test", t->name) != 0) checks_failed++;
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
    }
    return n;
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

int main(int argc, char **argv)
{
    int n;

    (void)mkdir("/tmp", 0777);
    if (chdir("/tmp") != 0) return 1;
    probe = open("probe", O_RDWR | O_CREAT, 0600);
    if (argc > 1 && strcmp(argv[1], "initrd") == 0) return look_at_initrd();
    n = run(shared_tests) + run(private_tests) + run(call_tests) + run(content_tests) +
        run(stress_tests);
    printf("done: %d tests, %d failed\n", n, checks_failed);
    return checks_failed != 0;
}

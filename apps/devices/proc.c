/* SPDX-License-Identifier: Apache-2.0 */
/* /proc */
#include "devices.h"
#include <pthread.h>
#include <sys/utsname.h>

static char text[200000];

/* All of it in pieces of so many bytes; NULL: it cannot be read. */
static const char *text_of(const char *path, size_t piece)
{
    int fd = open(path, O_RDONLY);
    size_t n = 0;
    ssize_t got;

    while ((got = read(fd, text + n, piece)) > 0) n += (size_t)got;
    text[n] = '\0';
    if (got < 0 || close(fd) != 0) return NULL;
    return text;
}

static int line_of(const char *path, const char *format, unsigned long *out)
{
    for (char *line = strtok((char *)text_of(path, 4096), "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        if (sscanf(line, format, out) == 1) return 1;
    }
    return 0;
}

static void memory_and_time_are_told(void)
{
    unsigned long total, left, sec, cs, idle, idle_cs, cpus = 0;
    struct utsname u;

    CHECK(line_of("/proc/meminfo", "MemTotal: %lu kB", &total));
    CHECK(line_of("/proc/meminfo", "MemFree: %lu kB", &left) && left > 0 && left < total);
    CHECK(line_of("/proc/meminfo", "MemAvailable: %lu kB", &left) && left > 0 && left < total);
    CHECK(line_of("/proc/meminfo", "Cached: %lu kB", &left));
    CHECK(total / 4 > (unsigned long)sysconf(_SC_PHYS_PAGES) * 9 / 10);
    CHECK(sscanf(text_of("/proc/uptime", 1), "%lu.%02lu %lu.%02lu\n", &sec, &cs, &idle, &idle_cs) ==
          4);
    CHECK(uname(&u) == 0 &&
          strncmp(text_of("/proc/version", 4096), u.sysname, strlen(u.sysname)) == 0);
    CHECK(strstr(text, " version ") != NULL && text[strlen(text) - 1] == '\n');
    text_of("/proc/cpuinfo", 7);
    for (char *at = text; (at = strstr(at, "processor\t: ")) != NULL; at++) cpus++;
    CHECK(cpus == (unsigned long)sysconf(_SC_NPROCESSORS_ONLN));
}

/* One that is being read stays what it was; from the beginning it is a new one. */
static void a_text_is_of_one_moment(void)
{
    int fd = open("/proc/uptime", O_RDONLY);
    char a[64] = "", b[64] = "", rest[64] = "";
    ssize_t n;

    CHECK(read(fd, a, sizeof(a) - 1) > 0 && lseek(fd, 0, SEEK_SET) == 0 && read(fd, b, 3) == 3);
    CHECK(usleep(30000) == 0);
    n = read(fd, rest, sizeof(rest) - 1);
    CHECK(n > 0 && read(fd, rest, 1) == 0);
    CHECK(pread(fd, b, sizeof(b) - 1, 0) > 0 && atof(b) > atof(a));
    CHECK(close(fd) == 0);
}

static void *sleep_until_told(void *at)
{
    char c;

    while (!__atomic_load_n((int *)at, __ATOMIC_ACQUIRE)) usleep(1000);
    return read(-1, &c, 1) == -1 ? NULL : at;
}

static void the_process_is_told(void)
{
    unsigned long pid, threads, more, rss;
    pthread_t t;
    int end = 0;

    CHECK(line_of("/proc/self/status", "Pid:\t%lu", &pid) && pid == (unsigned long)getpid());
    CHECK(line_of("/proc/self/status", "Tgid:\t%lu", &pid) && pid == (unsigned long)getpid());
    CHECK(strstr(text_of("/proc/self/status", 4096), "Name:\tdevices\n") == text);
    CHECK(line_of("/proc/self/status", "VmRSS: %lu kB", &rss) && rss > 0);
    CHECK(line_of("/proc/self/status", "Threads:\t%lu", &threads) && threads == 1);
    CHECK(pthread_create(&t, NULL, sleep_until_told, &end) == 0);
    CHECK(line_of("/proc/self/status", "Threads:\t%lu", &more) && more == 2);
    __atomic_store_n(&end, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(t, NULL) == 0);
}

static void mounts_are_listed(void)
{
    CHECK(text_of("/proc/mounts", 100) != NULL);
    CHECK(strstr(text, " /proc proc r") != NULL && strstr(text, " /dev devtmpfs rw") != NULL);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char what[300], at[300], type[300], options[300];
        int a, b;

        CHECK(sscanf(line, "%299s %299s %299s %299s %d %d", what, at, type, options, &a, &b) == 6);
        CHECK(at[0] == '/' && a == 0 && b == 0);
    }
}

static void texts_are_files_that_cannot_be_written(void)
{
    int fd = open("/proc/version", O_WRONLY), odd = open("/proc/uptime", O_RDONLY);
    struct stat s, t;
    DIR *d = opendir("/proc");
    unsigned found = 0;

    /* Linux lets root open it. */
    CHECK(fd == -1 || write(fd, "x", 1) == -1);
    CHECK(open("/proc/new", O_RDWR | O_CREAT, 0600) == -1 && mkdir("/proc/d", 0755) == -1);
    CHECK(unlink("/proc/version") == -1 && rename("/proc/version", "/proc/v") == -1);
    FAILS(open("/proc/version", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(open("/proc/none", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/none", O_RDONLY), ENOENT);
    CHECK(stat("/proc/uptime", &s) == 0 && s.st_mode == (S_IFREG | 0444) && s.st_size == 0);
    CHECK(fstat(odd, &t) == 0 && t.st_ino == s.st_ino && t.st_dev == s.st_dev);
    FAILS(read(odd, BAD, 10), EFAULT);
    FAILS(write(odd, "x", 1), EBADF);
    FAILS(ftruncate(odd, 0), EINVAL);
    CHECK(close(odd) == 0 && stat("/proc/self", &s) == 0 && S_ISDIR(s.st_mode));
    CHECK(d != NULL);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        found += strcmp(e->d_name, "version") == 0 || strcmp(e->d_name, "uptime") == 0 ||
                 strcmp(e->d_name, "self") == 0;
    }
    CHECK(found == 3 && closedir(d) == 0);
    if (fd >= 0) CHECK(close(fd) == 0);
}

const struct test proc_tests[] = {
    { "memory_and_time_are_told", memory_and_time_are_told },
    { "a_text_is_of_one_moment", a_text_is_of_one_moment },
    { "the_process_is_told", the_process_is_told },
    { "mounts_are_listed", mounts_are_listed },
    { "texts_are_files_that_cannot_be_written", texts_are_files_that_cannot_be_written },
    { 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, how much of it may be used, and how much has been. */
#include "system.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <time.h>

static void the_system_tells_its_memory(void)
{
    struct sysinfo s;
    struct timespec up;

    CHECK(sysinfo(&s) == 0 && clock_gettime(CLOCK_BOOTTIME, &up) == 0);
    CHECK(s.mem_unit == 1 && s.totalram > 8 << 20 && s.freeram > 1 << 20 && s.freeram < s.totalram);
    CHECK(s.procs > 0 && s.totalswap == 0 && s.freeswap == 0);
    CHECK(s.uptime <= (unsigned long)up.tv_sec + 1);
    FAILS(sysinfo(BAD), EFAULT);
}

static void limits_can_be_asked_for(void)
{
    struct rlimit r;

    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        CHECK(getrlimit(i, &r) == 0);
        CHECK(r.rlim_cur <= r.rlim_max);
        CHECK(syscall(SYS_getrlimit, i, &r) == 0);
    }
    CHECK(getrlimit(RLIMIT_STACK, &r) == 0 && r.rlim_cur == 8 << 20);
    CHECK(getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur == RLIM_INFINITY);
    CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 1024);
    FAILS(getrlimit(RLIMIT_CPU, BAD), EFAULT);
    FAILS(syscall(SYS_getrlimit, RLIMIT_CPU, NULL), EFAULT);
    FAILS(getrlimit(16, &r), EINVAL);
    FAILS(prlimit(30000, RLIMIT_CPU, NULL, &r), ESRCH);
    CHECK(prlimit(0, RLIMIT_CPU, NULL, NULL) == 0 && prlimit(getpid(), RLIMIT_CPU, NULL, &r) == 0);
}

static void limits_are_kept(void)
{
    const struct rlimit wanted = { 1000, 2000 }, wrong = { 2001, 2000 };
    struct rlimit r, before;

    CHECK(getrlimit(RLIMIT_RSS, &before) == 0);
    CHECK(setrlimit(RLIMIT_RSS, &wanted) == 0);
    CHECK(getrlimit(RLIMIT_RSS, &r) == 0 && r.rlim_cur == 1000 && r.rlim_max == 2000);
    FAILS(setrlimit(RLIMIT_RSS, &wrong), EINVAL);
    FAILS(setrlimit(RLIMIT_RSS, BAD), EFAULT);
    FAILS(syscall(SYS_setrlimit, RLIMIT_RSS, NULL), EFAULT);
    FAILS(syscall(SYS_setrlimit, 16, &wanted), EINVAL);
    CHECK(prlimit(0, RLIMIT_RSS, &before, &r) == 0 && r.rlim_cur == 1000);
    CHECK(syscall(SYS_setrlimit, RLIMIT_RSS, &before) == 0);
    CHECK(getrlimit(RLIMIT_RSS, &r) == 0 && r.rlim_cur == before.rlim_cur);
}

static void descriptors_are_limited(void)
{
    struct rlimit r, before;
    int fd;

    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    fd = dup(1);
    CHECK(fd > 2 && close(fd) == 0);
    r = (struct rlimit){ (rlim_t)fd, before.rlim_max };
    CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
    FAILS(dup(1), EMFILE);
    FAILS(open("/", O_RDONLY), EMFILE);
    FAILS(dup2(1, fd), EBADF);
    FAILS(fcntl(1, F_DUPFD, fd), EINVAL);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(dup(1) == fd && close(fd) == 0);
    r = (struct rlimit){ 1024, 1L << 40 };
    FAILS(setrlimit(RLIMIT_NOFILE, &r), EPERM);
}

static volatile int too_large;

static void count_too_large(int signal) { too_large++; }

static void files_are_limited(void)
{
    static char much[8192];
    const struct sigaction act = { .sa_handler = count_too_large };
    struct sigaction was;
    struct rlimit r = { 5000, RLIM_INFINITY }, before;
    int fd = memfd_create("limited", 0), old = memfd_create("old", 0), p[2];

    CHECK(fd >= 0 && write(old, much, 8192) == 8192 && pipe(p) == 0 && sigaction(SIGXFSZ, &act, &was) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0 && setrlimit(RLIMIT_FSIZE, &r) == 0);
    CHECK(write(fd, much, 4999) == 4999 && write(fd, much, 8192) == 1 && too_large == 0);
    FAILS(write(fd, much, 1), EFBIG);
    CHECK(too_large == 1 && write(fd, much, 0) == 0 && too_large == 1);
    FAILS(pwrite(fd, much, 1, 6000), EFBIG);
    FAILS(ftruncate(fd, 5001), EFBIG);
    CHECK(too_large == 3 && posix_fallocate(fd, 4990, 11) == EFBIG && too_large == 4);
    CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 5000) == 0 && pwrite(fd, much, 10, 4990) == 10);
    /* What is larger may stay, and be written where it may be; nothing but files is limited. */
    CHECK(pwrite(old, much, 100, 4950) == 50 && ftruncate(old, 8000) == 0 && too_large == 4);
    FAILS(pwrite(old, much, 1, 5000), EFBIG);
    FAILS(ftruncate(old, 8001), EFBIG);
    CHECK(write(p[1], much, 6000) == 6000 && too_large == 6);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0 && pwrite(fd, much, 1, 6000) == 1 && ftruncate(old, 9000) == 0);
    CHECK(close(p[0]) == 0 && close(p[1]) == 0 && close(fd) == 0 && close(old) == 0);
    CHECK(sigaction(SIGXFSZ, &was, NULL) == 0);
}

/* Linux counts pages late: a few would be none. */
static void what_was_used_is_told(void)
{
    static char pages[1 << 20];
    struct rusage self, thread, children;
    struct tms t;
    long ticks = sysconf(_SC_CLK_TCK);
    struct timespec now;

    memset(pages, 1, sizeof(pages));
    CHECK(pages[sizeof(pages) - 1] == 1);
    CHECK(getrusage(RUSAGE_SELF, &self) == 0 && getrusage(RUSAGE_THREAD, &thread) == 0);
    CHECK(self.ru_utime.tv_sec * 1000000 + self.ru_utime.tv_usec + self.ru_stime.tv_sec * 1000000 +
          self.ru_stime.tv_usec > 0);
    CHECK(self.ru_utime.tv_usec < 1000000 && self.ru_maxrss > 0);
    CHECK(thread.ru_utime.tv_sec <= self.ru_utime.tv_sec);
    CHECK(getrusage(RUSAGE_CHILDREN, &children) == 0 && children.ru_utime.tv_sec == 0 &&
          children.ru_maxrss == 0);
    FAILS(getrusage(RUSAGE_SELF, BAD), EFAULT);
    FAILS(getrusage(2, &self), EINVAL);
    CHECK(ticks == 100 && times(&t) != -1 && t.tms_cutime == 0 && t.tms_cstime == 0);
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    CHECK(t.tms_utime + t.tms_stime <= now.tv_sec * ticks + now.tv_nsec / (1000000000 / ticks) + 2);
    CHECK(syscall(SYS_times, NULL) != -1);
    FAILS(syscall(SYS_times, BAD), EFAULT);
}

static void sysconf_is_sensible(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    CHECK(cpus >= 1 && cpus <= 8 && sysconf(_SC_NPROCESSORS_CONF) == cpus);
    CHECK(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_OPEN_MAX) == 1024);
    CHECK(sysconf(_SC_PHYS_PAGES) > 2048 && sysconf(_SC_AVPHYS_PAGES) < sysconf(_SC_PHYS_PAGES));
    CHECK(sysconf(_SC_AVPHYS_PAGES) > 256);
}

static void what_is_no_descriptor_is_told_by_poll(void)
{
    struct pollfd p[2] = { { .fd = -1, .events = POLLIN }, { .fd = 100, .events = POLLIN } };

    CHECK(poll(p, 2, 0) == 1);
    CHECK(p[0].revents == 0 && p[1].revents == POLLNVAL);
    FAILS(poll(BAD, 1, 0), EFAULT);
}

const struct test limit_tests[] = {
    { "the_system_tells_its_memory", the_system_tells_its_memory },
    { "limits_can_be_asked_for", limits_can_be_asked_for },
    { "limits_are_kept", limits_are_kept },
    { "descriptors_are_limited", descriptors_are_limited },
    { "files_are_limited", files_are_limited },
    { "what_was_used_is_told", what_was_used_is_told },
    { "sysconf_is_sensible", sysconf_is_sensible },
    { "what_is_no_descriptor_is_told_by_poll", what_is_no_descriptor_is_told_by_poll },
    { 0 },
};

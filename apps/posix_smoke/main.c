/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of the system it runs on, tested from inside. Exit status: 0 when all
 * of it held. Arguments name tests to leave out, for machines that lack what they need; ONLY in the
 * environment names the one to run. */
#define _GNU_SOURCE
#include "smoke.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int constructed;
static int zeroed[3000];
static int initialised = 42;

__attribute__((constructor)) static void construct(void) { constructed = 1; }

static void constructors_and_data_are_ready(void)
{
    CHECK(constructed == 1);
    CHECK(initialised == 42);
    for (int i = 0; i < 3000; i++) CHECK(zeroed[i] == 0);
}

static void text_is_formatted_with_floating_point(void)
{
    char text[64];

    snprintf(text, sizeof(text), "%.6f %Lg %d%%", acos(-1), 2.5L, 7);
    CHECK(strcmp(text, "3.141593 2.5 7%") == 0);
    CHECK(strtod("1e-3", NULL) == 0.001);
}

static void files_are_refused_politely(void)
{
    CHECK(fopen("/nope", "r") == NULL && errno == ENOENT);
    CHECK(write(7, "x", 1) == -1 && errno == EBADF);
    CHECK(write(1, (void *)1, 5) == -1 && errno == EFAULT);
    CHECK(isatty(1));
}

static void environment_is_there(void)
{
    CHECK(strcmp(getenv("HOME"), "/") == 0);
    CHECK(getenv("NOTHING") == NULL);
}

/* awk cuts NAME=value in place, servers write what they do into argv[0] */
static void arguments_and_environment_can_be_written(void)
{
    volatile char *name = program_invocation_name;

    *name ^= 0x20;
    *name ^= 0x20;
    for (char **s = environ; *s != NULL; s++) strchr(*s, '=')[0] = '\0';
    for (char **s = environ; *s != NULL; s++) (*s)[strlen(*s)] = '=';
    CHECK(strcmp(getenv("HOME"), "/") == 0);
}

static void random_bytes_are_there_and_bad_requests_refused(void)
{
    static unsigned char a[300], b[300];
    unsigned ones = 0;

    CHECK(getrandom(a, sizeof(a), 0) == sizeof(a));
    CHECK(getrandom(b, sizeof(b), GRND_NONBLOCK | GRND_RANDOM) == sizeof(b));
    CHECK(memcmp(a, b, 16) != 0 && memcmp(a + 64, a, 64) != 0);
    for (int i = 0; i < 300; i++) ones += (unsigned)__builtin_popcount(a[i]);
    CHECK(ones > 1000 && ones < 1400);          /* 1200, give or take eight deviations */
    CHECK(getrandom(a, 0, 0) == 0);
    CHECK(getrandom(a, 1, 8) == -1 && errno == EINVAL);
    CHECK(getrandom((void *)1, 1, 0) == -1 && errno == EFAULT);
    CHECK(getentropy(b, 256) == 0 && getentropy(b, 257) == -1 && errno == EIO);
}

static const struct test main_tests[] = {
    { "constructors_and_data_are_ready", constructors_and_data_are_ready },
    { "text_is_formatted_with_floating_point", text_is_formatted_with_floating_point },
    { "files_are_refused_politely", files_are_refused_politely },
    { "environment_is_there", environment_is_there },
    { "arguments_and_environment_can_be_written", arguments_and_environment_can_be_written },
    { "random_bytes_are_there_and_bad_requests_refused",
      random_bytes_are_there_and_bad_requests_refused },
    { 0 },
};

static const struct test *const all[] = { main_tests, memory_tests, map_tests, thread_tests, sync_tests,
    register_tests, time_tests, sched_tests, inherit_tests, NULL };

int main(int argc, char **argv) { return run_tests(all, argv + (argc > 0), run_test); }

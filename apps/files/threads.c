/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS  300

static int in_threads(void *(*fn)(void *))
{
    pthread_t t[THREADS];
    int ok = 1;

    for (long i = 0; i < THREADS; i++) {
        if (pthread_create(&t[i], NULL, fn, (void *)i) != 0) return 0;
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;

        if (pthread_join(t[i], &result) != 0 || result != NULL) ok = 0;
    }
    return ok;
}

static void *append(void *arg)
{
    char line[8];
    int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);

    if (fd < 0) return "open";
    snprintf(line, sizeof(line), "<%ld...>", (long)arg);
    for (int i = 0; i < ROUNDS; i++) {
        if (write(fd, line, 6) != 6) return "write";
    }
    return close(fd) == 0 ? NULL : "close";
}

static void lines_of_several_writers_stay_whole(void)
{
    char line[7] = "";
    int fd, n = 0, counts[THREADS] = { 0 };

    CHECK(in_threads(append));
    fd = open("log", O_RDONLY);
    for (; read(fd, line, 6) == 6; n++) {
        CHECK(line[0] == '<' && line[5] == '>' && line[1] >= '0' && line[1] < '0' + THREADS);
        counts[line[1] - '0']++;
    }
    CHECK(n == THREADS * ROUNDS && close(fd) == 0);
    for (int i = 0; i < THREADS; i++) CHECK(counts[i] == ROUNDS);
}

static int made;

static void *make_first(void *arg)
{
    char name[20];

    for (int i = 0; i < ROUNDS; i++) {
        int fd;

        snprintf(name, sizeof(name), "n%d", i);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (fd < 0 && errno != EEXIST) return "open";
        if (fd >= 0) __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
        if (fd >= 0 && close(fd) != 0) return "close";
    }
    return NULL;
}

static void one_of_several_makes_a_file(void)
{
    CHECK(in_threads(make_first));
    CHECK(made == ROUNDS);
}

/* Each moves folders into each other's and out again: none is lost, and none ends up in itself. */
static void *move_about(void *arg)
{
    unsigned seed = (unsigned)(long)arg;
    char from[20], to[20];

    for (int i = 0; i < ROUNDS; i++) {
        int a = rand_r(&seed) % 6, b = rand_r(&seed) % 6;

        snprintf(from, sizeof(from), "d%d", a);
        snprintf(to, sizeof(to), "d%d/d%d", b, a);
        if (rename(from, to) != 0 && errno != ENOENT && errno != EINVAL && errno != ENOTEMPTY)
            return "in";
        if (rename(to, from) != 0 && errno != ENOENT && errno != EINVAL && errno != ENOTEMPTY)
            return "out";
    }
    return NULL;
}

static int folders(const char *path)
{
    struct dirent *e;
    DIR *d = opendir(path);
    int n = 0;

    if (d == NULL) return -1000;
    while ((e = readdir(d)) != NULL) {
        char below[600];

        if (e->d_name[0] == '.') continue;
        if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) < (int)sizeof(below))
            n += 1 + folders(below);
    }
    closedir(d);
    return n;
}

static void folders_stay_a_tree(void)
{
    char name[20];

    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof(name), "d%d", i);
        CHECK(mkdir(name, 0755) == 0);
    }
    CHECK(in_threads(move_about));
    CHECK(folders(".") == 6);
}

static void *share(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        int fd = open("shared", O_RDWR | O_CREAT, 0644), copy = dup(fd);
        char c = (char)i;

        if (fd < 0 || copy < 0) return "open";
        if (pwrite(fd, &c, 1, (long)arg) != 1 || pread(copy, &c, 1, (long)arg) != 1 || c != (char)i)
            return "data";
        if (close(fd) != 0 || close(copy) != 0) return "close";
        (void)unlink("shared");
    }
    return NULL;
}

static void files_are_opened_and_removed_at_once(void)
{
    CHECK(in_threads(share));
}

const struct test thread_tests[] = {
    { "lines_of_several_writers_stay_whole", lines_of_several_writers_stay_whole },
    { "one_of_several_makes_a_file", one_of_several_makes_a_file },
    { "folders_stay_a_tree", folders_stay_a_tree },
    { "files_are_opened_and_removed_at_once", files_are_opened_and_removed_at_once },
    { 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define _GNU_SOURCE
#include "../conformance/check.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* A new file with this text. */
static inline int make(const char *path, const char *text)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    ssize_t len = (ssize_t)strlen(text);

    if (fd < 0 || write(fd, text, (size_t)len) != len) return -1;
    return close(fd);
}

/* That is all there is in the file. */
static inline int holds(const char *path, const char *text)
{
    char got[256] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);

    if (fd >= 0) close(fd);
    return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static inline int exists(const char *path)
{
    struct stat s;

    return lstat(path, &s) == 0;
}

/* Each ends with a null name and runs in an empty folder. */
extern const struct test data_tests[], name_tests[], descriptor_tests[], about_tests[],
    newer_tests[], lock_tests[], thread_tests[];

/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pack/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, void **data, size_t *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
    struct stat st;
    size_t n;

    if (f == NULL) {
        err = -errno;
        if (fd >= 0) { close(fd); }
        return err;
    }
    if (fstat(fd, &st) != 0) {
        err = -errno;
    } else if (!S_ISREG(st.st_mode)) {
        err = -EINVAL;
    } else {
        n = (size_t)st.st_size;
        *data = malloc(n + 1);
        if (*data == NULL) {
            err = -ENOMEM;
        } else if (fread(*data, 1, n, f) != n) {
            err = ferror(f) ? -errno : -EIO;
            free(*data);
        } else {
            *bytes = n;
        }
    }
    fclose(f);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pack/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int file_read(const char *path, void **data, size_t *bytes)
{
    FILE *f = fopen(path, "rbe");
    struct stat st;
    size_t n;
    int err = 0;

    if (f == NULL) { return -errno; }
    if (fstat(fileno(f), &st) != 0) {
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

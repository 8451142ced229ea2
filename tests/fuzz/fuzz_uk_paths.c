/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* Any texts as paths, for any of the calls that take one: each is done or refused with an error
 * that paths have, and no page is lost. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/fs/tmpfs.h"
#include "tests/fuzz/must.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_answer(long result)
{
    static const int known[] = { EPERM,  ENOENT,  EBADF,     EBUSY,  EEXIST,
                                 EXDEV,  ENOTDIR, EISDIR,    EINVAL, ENOSPC,
                                 EMFILE, ERANGE,  ENOTEMPTY, ELOOP,  ENAMETOOLONG };

    for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
        if (result == -known[i]) return true;
    }
    return result >= 0;
}

static long use(unsigned how, const char *path, const char *other)
{
    struct linux_stat s;
    char text[64];

    switch (how % 12) {
    case 0:
        return mkdir_it(path);
    case 1:
        return symlink_it(other, path);
    case 2:
        return rename_it(path, other, how / 12 % 4);
    case 3:
        return link_it(path, other);
    case 4:
        return unlink_it(path);
    case 5:
        return rmdir_it(path);
    case 6:
        return stat_it(path, &s, how & 16 ? LINUX_AT_NOFOLLOW : 0);
    case 7:
        return sys_readlinkat(CWD, (long)path, (long)text, sizeof(text), 0, 0);
    case 8:
        return sys_chdir((long)path, 0, 0, 0, 0, 0);
    case 9:
        return sys_getcwd((long)text, sizeof(text), 0, 0, 0, 0);
    case 10:
        return sys_truncate((long)path, 1, 0, 0, 0, 0);
    default:
        return close_it(open_it(path, LINUX_O_CREAT | LINUX_O_RDWR));
    }
}

/* Each line is a byte that says what to do, and a path; the other path is the line's before. A byte
 * of 0xff in it stands for 250 letters. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *paths[2] = { calloc(1, 1), NULL };

    struct fs *before = vfs_root != NULL ? vfs_root->fs : NULL;

    files_begin(100, 100);
    if (before != NULL) tmpfs_destroy(before);
    must(files_pages() <= 60);
    while (size > 1) {
        const uint8_t *end = memchr(data + 1, '\n', size - 1);
        size_t n = end != NULL ? (size_t)(end - data) - 1 : size - 1, at = 0;

        paths[1] = malloc(n * 250 + 1);
        for (size_t i = 0; i < n; i++) {
            size_t times = data[1 + i] == 0xff ? 250 : 1;

            memset(paths[1] + at, times == 1 ? data[1 + i] : 'x', times);
            at += times;
        }
        paths[1][at] = '\0';
        must(is_answer(use(data[0], paths[1], paths[0])));
        free(paths[0]);
        paths[0] = paths[1];
        data += MIN(n + 2, size);
        size -= MIN(n + 2, size);
    }
    free(paths[0]);
    for (long fd = 0; fd < FILES_MAX; fd++) (void)close_it(fd);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a cpio archive of the "newc" kind in place. It is foreign data, which any boot loader may
 * have damaged: every length is checked against what is left. */
#pragma once

#include "lib/compiler.h"

#define CPIO_HEADER       110u      /* bytes, then the name with its zero */
#define CPIO_TRAILER      "TRAILER!!!"
#define CPIO_NAME_MAX     256u      /* with its zero */
#define CPIO_MODE_KIND    0170000u
#define CPIO_MODE_FILE    0100000u
#define CPIO_MODE_FOLDER  0040000u
#define CPIO_MODE_SYMLINK 0120000u

struct cpio_cursor {
    const uint8_t *at;
    uint64_t left;
};

struct cpio_entry {
    const char *name;
    const uint8_t *data;            /* as aligned as the archive, up to 4 bytes */
    uint32_t bytes, mode;
    uint32_t inode, links;          /* files that are the same have the same number; how many */
    uint32_t seconds;               /* since 1970, when it was written last */
};

/** Next entry: 1; 0 at the closing one, behind which nothing counts (boot loaders pad); -EINVAL,
 * *why says what is wrong (static text). */
int cpio_next(struct cpio_cursor *c, struct cpio_entry *e, const char **why) must_check;

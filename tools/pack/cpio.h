/* SPDX-License-Identifier: Apache-2.0 */
/* cpio archives in the "newc" format: reading in memory, writing to a file. Reproducible: no times,
 * owners or inodes. */
#pragma once

#include <stdio.h>

#include "lib/compiler.h"

struct cpio_writer {
    FILE *to;
    uint64_t at; /* bytes written */
    bool failed; /* sticks; errno of the first failure */
};

/** Append a member whose data begin at a multiple of `align` (4 or more); a filler entry goes
 * before it if needed. */
void cpio_add(struct cpio_writer *w, const char *name, const void *data, size_t bytes,
              size_t align);

/** The closing entry. */
void cpio_end(struct cpio_writer *w);

struct cpio_entry {
    const char *name;
    const uint8_t *data;
    size_t bytes;
};

/** Decode the entry at *at of an archive and advance. 1: an entry, 0: the closing one, -EINVAL:
 * damaged. */
int cpio_next(const uint8_t *archive, size_t bytes, size_t *at, struct cpio_entry *out) must_check;

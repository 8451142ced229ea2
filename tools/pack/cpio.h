/* SPDX-License-Identifier: Apache-2.0 */
/* cpio archives in the "newc" format, written to a file (lib/cpio.h reads them). Reproducible: no
 * times, owners or inodes. */
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

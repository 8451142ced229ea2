/* SPDX-License-Identifier: Apache-2.0 */
/* What the application's memory asks of files that are mapped into it; supplied by fs/mapping.c. The
 * lock of the application's memory is held in all but mapping_reap. */
#pragma once

#include "lib/compiler.h"

struct mapping;

/** [at, end) is of the file that m says, and of no other any more; NULL: of none. -ENOMEM changes
 * nothing. */
int mapping_set(uint64_t at, uint64_t end, const struct mapping *m);

enum { MAPPING_PAGE, MAPPING_COPY };

/**
 * The page at this address, which is valid as long as the lock is held, or until it is discarded.
 * written: it is going to be, and if that changes the file, its times say so.
 * @return whether it is to be there itself, or a copy.
 *         -EIO: it lies behind the end of the file, or the file system is full; -ENOMEM
 */
int mapping_page(uint64_t at, bool written, uint8_t **page) must_check;

/** Let go of files that are not mapped any more. No spinlock is held. */
void mapping_reap(void);

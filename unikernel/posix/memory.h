/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** Linux's PROT_* as SPACE_*. -EINVAL */
int rights_of(long protection, unsigned *rights) must_check;

/** mmap of a file: `rights` and at == 0 as of space_map, all else as the call has it. */
long map_file(uint64_t at, uint64_t len, unsigned rights, long flags, long fd, uint64_t offset);

/** All of [at, end) is mapped; *rights: of its end, as of space_look. -ENOMEM. */
int mapped_check(uint64_t at, uint64_t end, unsigned *rights) must_check;

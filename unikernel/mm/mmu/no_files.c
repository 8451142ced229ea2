/* SPDX-License-Identifier: Apache-2.0 */
/* In an image without the feature fs no file is mapped. */
#include "unikernel/mm/mapping.h"
#include "unikernel/mm/mmu/half.h"
#include "lib/err.h"

int mapping_set(uint64_t at, uint64_t end, const struct mapping *m) { return 0; }
void mapping_reap(void)                                             { }
int file_back(pte_t *e, uint64_t va, unsigned access)               { return -EFAULT; }

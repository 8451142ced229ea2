/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the application's half. Which page is where is mm/mapping.h's matter. */
#include "unikernel/mm/mapping.h"
#include "unikernel/mm/mmu/half.h"
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/arch.h"
#include "lib/err.h"
#include "lib/str.h"

int file_back(pte_t *e, uint64_t va)
{
    uint8_t *page;
    uint64_t pa;
    int how = mapping_page(va, &page);

    if (how < 0) return how;
    if (how == MAPPING_COPY) {
        if (half_page(*e, &pa) != 0) return -ENOMEM;
        memcpy(arch_linear(pa), page, PAGE_SIZE);
    } else {
        pa = (uint64_t)(page - (uint8_t *)arch_linear(0));
    }
    half_show(e, pa, how == MAPPING_COPY ? PTE_OWNED : 0);
    return 0;
}

int space_map_file(uint64_t *at, uint64_t len, unsigned rights, bool keep,
                   const struct mapping *m)
{
    int err = half_map(at, len, rights, keep, m);

    return err == -ENOMEM && stacks_drop() ? half_map(at, len, rights, keep, m) : err;
}

void space_discard_files(bool (*next)(void *arg, uint64_t *at, uint64_t *end), void *arg)
{
    uint64_t at = 0, end;

    for (;;) {
        LOCK_SCOPED(&half.lock);

        if (!next(arg, &at, &end)) break;
        at = half_discard(at, end, PTE_FILE);
    }
}

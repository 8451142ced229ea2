/* SPDX-License-Identifier: Apache-2.0 */
/* The application's half of the address space (mm/space.c, mm/map.c) beside an array of what each
 * page should be. Pages and TLB are the model's own: a page that goes back while a TLB still knows
 * it, or an entry that changes behind a TLB's back, is a broken rule. */
#pragma once

#include "lib/compiler.h"

enum space_what { SPACE_MAP, SPACE_UNMAP, SPACE_PROTECT, SPACE_DISCARD, SPACE_ACCESS, SPACE_WHATS };

struct space_op {
    uint8_t what;                   /* enum space_what, modulo SPACE_WHATS */
    uint8_t rights;                 /* SPACE_*, of what is mapped or of an access */
    uint8_t how;                    /* of SPACE_MAP: 1 anywhere, 2 keep; 4 with hardly any memory,
                                     * 32 lazy */
    uint8_t off;                    /* bytes beside whole pages, when above 250 */
    uint16_t page, pages;           /* in the model's window */
};

/** Everything unmapped. */
void space_model_begin(void);

/** Only this many more pages can be promised from now on. */
void space_model_memory(unsigned pages_left);

/** Do it, look at the answer and then at everything. Aborts when a rule is broken. */
void space_model_step(const struct space_op *op);

/** Pages that are free and promised to nobody. */
uint64_t space_model_left(void);

/** How many operations succeeded, and how many pages were ever backed. */
extern unsigned space_model_done[SPACE_WHATS], space_model_backed;

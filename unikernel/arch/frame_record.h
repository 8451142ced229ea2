/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that chain upwards by records of two words: the outer record's address, then where the function
 * returns to. Each must lie above the last, aligned, in a readable place. */
#pragma once

#include "lib/compiler.h"

static inline bool frame_record_up(uint64_t *fp, uint64_t **ret, bool (*is_readable)(uint64_t va))
{
    uint64_t *record = (uint64_t *)*fp;

    if (record == NULL || (*fp & 15) != 0 || !is_readable(*fp) || record[1] == 0) return false;
    *ret = &record[1];
    *fp = record[0] > *fp ? record[0] : 0;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/symbols.h"

extern const uint8_t hv_image_start[], hv_text_end[];

const char *symbol_at(uint64_t address, uint64_t *distance)
{
    uint64_t offset = address - (uint64_t)hv_image_start;
    uint32_t low = 0, high = hv_symbols.count;

    if (address >= (uint64_t)hv_text_end || address < (uint64_t)hv_image_start) return NULL;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (hv_symbols.offset[mid] <= offset) low = mid + 1;
        else high = mid;
    }
    if (low == 0) return NULL;
    *distance = offset - hv_symbols.offset[low - 1];
    return &hv_symbols.names[hv_symbols.name[low - 1]];
}

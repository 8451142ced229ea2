/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

struct region {
    uint64_t pa, len;
};

/* SPDX-License-Identifier: Apache-2.0 */
/* As much of the kernel as mvm/driver/decode.c needs. Whoever links it says what memory the caller
 * has. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;
#define __user

/** Returns how many bytes could not be copied. */
unsigned long copy_from_user(void *to, const void *from, unsigned long bytes);

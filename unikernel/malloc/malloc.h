/* SPDX-License-Identifier: Apache-2.0 */
/* Between quick.c and malloc.c. */
#pragma once

#include <stddef.h>

/** malloc and free for every case. */
void *slow_malloc(size_t bytes);
void slow_free(void *p);

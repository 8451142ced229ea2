/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and free themselves, which are leaves and therefore compiled without frame pointers: what is
 * not quick goes on in malloc.c, which has them for the reports. */
#include <stdlib.h>

#include "unikernel/malloc/malloc.h"
#include "unikernel/malloc/quick.h"

void *malloc(size_t bytes)
{
    void *p = heap_quick_alloc(bytes);

    return __builtin_expect(p != NULL, 1) ? p : slow_malloc(bytes);
}

void free(void *p)
{
    if (__builtin_expect(!heap_quick_free(p), 0)) slow_free(p);
}

/* What libc itself calls, so that its own allocator stays out of the image. */
__attribute__((alias("malloc"))) void *__libc_malloc(size_t bytes);
__attribute__((alias("free"))) void __libc_free(void *p);

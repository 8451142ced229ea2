/* SPDX-License-Identifier: Apache-2.0 */
/* By itself, because images with threads need it also when nobody calls malloc. */
#include "unikernel/malloc/quick.h"

struct heap heap;

void heap_share(void)
{
    if (heap.limit == 0) return;        /* others may be reading it */
    heap.limit = 0;
    heap.len = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How libgcc's unwinder finds the tables of FEATURES=unwind: it asks for the object an address is
 * in, as glibc's dynamic linker would tell. There is one, with code in both halves. Without locks
 * and memory, so that it may be asked after a fault. */
#include <stddef.h>

struct object {                         /* glibc's struct dl_find_object, where libgcc looks */
    unsigned long long flags;
    void *map_start, *map_end;
    void *link_map;
    void *unwind_index;                 /* .eh_frame_hdr */
    unsigned long long reserved[7];
};

extern char __ktext_start[], __ktext_end[], __text[], __text_end[], __unwind_index[];

int _dl_find_object(void *pc, struct object *out);

int _dl_find_object(void *pc, struct object *out)
{
    char *at = pc;

    if (!(at >= __ktext_start && at < __ktext_end) && !(at >= __text && at < __text_end)) return -1;
    *out = (struct object){ .map_start = __text, .map_end = __text_end, .unwind_index = __unwind_index };
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the boot loader says the initrd lies; the device tree does in one or two cells each. */
#include "unikernel/fs/initrd.h"
#include "unikernel/kernel/machine_walk.h"
#include "lib/str.h"
#include "uk_layout.h"

/* The boot loader's memory is not given to anybody else. Without room in the list of what is
 * reserved there is no initrd. */
void machine_initrd_found(struct machine *m, uint64_t start, uint64_t end)
{
    if (start >= end || end > LINEAR_PA_END) return;
    if (ranges_add(&m->reserved, align_down(start, PAGE), align_up(end, PAGE)) != 0) return;
    m->initrd = (struct region){ start, end - start };
}

void machine_take_chosen(struct walk *w, const struct fdt_token *t)
{
    bool is_start = strcmp(t->name, "linux,initrd-start") == 0;

    if ((!is_start && strcmp(t->name, "linux,initrd-end") != 0) || (t->len != 4 && t->len != 8))
        return;
    if (is_start) w->initrd_start = cells(t->data, t->len / 4);
    else w->initrd_end = cells(t->data, t->len / 4);
    if (w->initrd_start != 0 && w->initrd_end != 0) {
        machine_initrd_found(w->m, w->initrd_start, w->initrd_end);
    }
}

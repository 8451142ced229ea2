/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of the PVH boot protocol (Xen: public/arch-x86/hvm/start_info.h). */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/fs/initrd.h"
#include "lib/str.h"

struct module {
    uint64_t pa, len, cmdline_pa, rsv0;
};

void start_info_modules(struct machine *m, uint64_t pa, uint32_t count)
{
    const void *at = count != 0 ? boot_window(pa, sizeof(struct module)) : NULL;
    struct module first;
    uint64_t end;

    if (at == NULL) return;
    memcpy(&first, at, sizeof(first));
    if (add_ok(&end, first.pa, first.len)) machine_initrd_found(m, first.pa, end);
}

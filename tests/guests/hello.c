/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot protocol promises: EL1, masked interrupts, MMU off, a device tree that describes
 * this VM. */
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    uint32_t bytes = 0;
    const uint8_t *dtb = guest_dtb;
    const void *memory;

    print("hello from EL%u\n", (unsigned)(read_sysreg(CurrentEL) >> 2));
    report(read_sysreg(CurrentEL) >> 2 == 1, "entered at EL1");
    report((read_sysreg(daif) & 0x3c0) == 0x3c0, "all interrupts masked");
    report((read_sysreg(sctlr_el1) & 0x1005) == 0, "MMU and caches off");
    report(cpu_id() == 0, "first vCPU has affinity 0");
    if (!report(dtb[0] == 0xd0 && dtb[1] == 0x0d && dtb[2] == 0xfe && dtb[3] == 0xed, "x0 is a device tree")) return;
    memory = dtb_property("memory", "reg", &bytes);
    report(memory != NULL && bytes == 16 && dtb_u64(memory) == 0x40000000, "RAM at the default address");
    report(dtb_cpus() == 1, "one vCPU in the tree");
    report(dtb_property("intc", "compatible", &bytes) != NULL, "an interrupt controller in the tree");
}

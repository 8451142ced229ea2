/* SPDX-License-Identifier: Apache-2.0 */
/* SYSTEM_RESET starts the VM again from its images. RAM that no image covers survives, which
 * tells the second life from the first. */
#include "tests/guests/lib/guest.h"

#define MARK  UINT64_C(0x5ec0d11f35ec0d11)

static volatile uint32_t data_of_the_image = 7;

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    volatile uint64_t *mark = (volatile uint64_t *)(uintptr_t)(dtb_u64(memory) + dtb_u64(memory + 8) - 4096);

    report(data_of_the_image == 7, "initialised data is fresh");
    if (*mark != MARK) {
        print("first life\n");
        *mark = MARK;
        data_of_the_image = 8;
        dsb();
        hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
        report(false, "SYSTEM_RESET returned");
        return;
    }
    *mark = 0;
    report(true, "second life");
    report((read_sysreg(sctlr_el1) & 1) == 0 && (read_sysreg(daif) & 0x3c0) == 0x3c0, "the vCPU is as after power-on");
    report((read_sysreg(cntv_ctl_el0) & 1) == 0, "its timer is off");
}

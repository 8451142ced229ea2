/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/fs/proc.h"

/* All CPUs are of the kind that is asked. */
void arch_cpuinfo(struct text *t, unsigned cpu)
{
    uint32_t midr;

    __asm__("mrs %x0, midr_el1" : "=r"(midr));
    text_add(t,
             "Features\t: fp asimd\nCPU implementer\t: 0x%02x\nCPU architecture: 8\n"
             "CPU variant\t: 0x%x\nCPU part\t: 0x%03x\nCPU revision\t: %u\n",
             midr >> 24, midr >> 20 & 15, midr >> 4 & 0xfff, midr & 15);
}

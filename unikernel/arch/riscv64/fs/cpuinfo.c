/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/cpu.h"
#include "unikernel/posix/fs/proc.h"

/* The extensions are those every program is compiled for. */
void arch_cpuinfo(struct text *t, unsigned cpu)
{
    text_add(t, "hart\t\t: %lu\nisa\t\t: rv64imafdc_zicsr_zifencei\nmmu\t\t: sv39\n",
             cpus[cpu]->id);
}

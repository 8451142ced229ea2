/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the other CPUs by PSCI. Each begins with the MMU off at the physical address of
 * secondary_entry and turns it on with tables whose low half shows the block the image lies in,
 * where it is: the table for that is left from our own start. */
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "lib/err.h"

#define MPIDR_AFF   UINT64_C(0xff00ffffff)

static struct boot_cpu boot;

uint64_t arch_cpu_id(void) { return sysreg_read(mpidr_el1) & MPIDR_AFF; }

static uint64_t pa_of(const void *p)
{
    uint64_t par;

    __asm__ volatile("at s1e1r, %1; isb; mrs %0, par_el1" : "=r"(par) : "r"(p) : "memory");
    return (par & PTE_ADDR) | ((uint64_t)p & (PAGE_SIZE - 1));
}

/* A CPU whose cache is off reads what is in memory. */
static void write_back(const void *at, uint64_t len)
{
    uint64_t line = UINT64_C(4) << FIELD(sysreg_read(ctr_el0), 19, 16);

    for (uint64_t a = align_down((uint64_t)at, line); a < (uint64_t)at + len; a += line) {
        __asm__ volatile("dc cvac, %0" :: "r"(a) : "memory");
    }
    dsb(sy);
}

/* Once: what all of them need. */
static int prepare(void)
{
    uint64_t base, end;
    pte_t *low;

    if (pages_alloc(0, &boot.low_start) != 0) return -ENOMEM;
    map_image_range(&base, &end);
    low = arch_linear(boot.low_start);
    arch_zero_page(low);
    low[pte_index(base, 1)] = pte_table(pa_of(boot_tables + 4 * PTES));
    boot.low = sysreg_read(ttbr0_el1);
    boot.high = sysreg_read(ttbr1_el1);
    boot.tcr = sysreg_read(tcr_el1);
    return 0;
}

int arch_cpu_start(struct cpu *c)
{
    if (boot.low_start == 0 && prepare() != 0) return -ENOMEM;
    boot.irq_stack = c->irq_stack_top;
    boot.stack = (uint64_t)c->idle->kstack_top;
    boot.idle = (uint64_t)c->idle;
    boot.cpu = (uint64_t)c;
    write_back(&boot, sizeof(boot));
    return psci_cpu_on(c->id, pa_of(secondary_entry), pa_of(&boot));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the other CPUs by INIT and start-up IPIs (Intel SDM volume 3, 9.4.4). They begin in real
 * mode in a page below 1 MiB, which is mapped where it is while they do. */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"
#include "lib/str.h"

#define COMMAND_INIT    0x4500U
#define COMMAND_START   (0x4600U | START_PAGE / PAGE_SIZE)
#define INIT_US         200U
#define FLUSH_ALL       64U             /* pages from which on everything is invalidated */
#define CR4_PGE         BIT64(7)

extern char start_code[], start_code_end[];

uint64_t arch_cpu_id(void)
{
    return cpuid(0, 0).a >= 0xb && cpuid(0xb, 0).b != 0 ? cpuid(0xb, 0).d : cpuid(1, 0).b >> 24;
}

static int prepare(void)
{
    int err = map_range(START_PAGE, START_PAGE, PAGE_SIZE, ATTR_X);

    if (err != 0) return err;
    memcpy(arch_linear(START_PAGE), start_code, (size_t)(start_code_end - start_code));
    return 0;
}

static void wait_us(uint64_t us)
{
    uint64_t from = tsc_read(), ticks = us * arch_ticks_per_second() / 1000000;

    while (tsc_read() - from < ticks) arch_relax();
}

int arch_cpu_start(struct cpu *c)
{
    struct boot_cpu *b = arch_linear(START_PAGE + PAGE_SIZE - sizeof(*b));
    static bool prepared;
    int err = prepared ? 0 : prepare();

    if (err != 0) return err;
    prepared = true;
    __asm__ volatile("mov %%cr3, %0" : "=r"(b->root));
    b->stack = (uint64_t)c->idle->kstack_top;
    b->cpu = (uint64_t)c;
    lapic_send(COMMAND_INIT, c->id);
    wait_us(INIT_US);
    lapic_send(COMMAND_START, c->id);
    wait_us(INIT_US);
    if (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == CPU_STARTING)
        lapic_send(COMMAND_START, c->id);
    return 0;
}

void secondary_entry(struct cpu *c)
{
    cpu_init(c->index, c->irq_stack_top, c->panic_stack_top);
    arch_set_self(c->idle);
    cpu_main(c);
}

void flush_local(uint64_t from, uint64_t end)
{
    uint64_t cr4;

    if (end - from <= FLUSH_ALL * PAGE_SIZE) {
        for (; from < end; from += PAGE_SIZE) {
            __asm__ volatile("invlpg (%0)" :: "r"(from) : "memory");
        }
        return;
    }
    /* Everything is global, and forgotten when that is switched off. */
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4; mov %1, %%cr4" :: "r"(cr4 & ~CR4_PGE), "r"(cr4) : "memory");
}

void arch_tlb_flush(uint64_t from, uint64_t end) { flush_all_cpus(from, end); }

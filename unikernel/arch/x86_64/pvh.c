/* SPDX-License-Identifier: Apache-2.0 */
/* A PC: what the boot loader says, and where its firmware keeps the rest. */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"
#include "lib/str.h"

#define WINDOW_BASE     (IO_END - 0x4000000)
#define WINDOW_BLOCKS   32U

#define COM1            0x3f8U
#define COM1_ISA_IRQ    4U

extern uint64_t start_info_pa;

const void *boot_window(uint64_t pa, uint64_t len)
{
    static uint64_t blocks[WINDOW_BLOCKS];      /* which block each place shows, plus 1 */
    static unsigned used;
    uint64_t end, first = align_down(pa, BLOCK_SIZE);
    unsigned count;

    if (!add_ok(&end, pa, len) || len == 0 || end > LINEAR_PA_END) return NULL;
    count = (unsigned)((align_up(end, BLOCK_SIZE) - first) / BLOCK_SIZE);
    if (count > 2) return NULL;
    for (unsigned i = 0; i + count <= used; i++) {
        if (blocks[i] == first + 1 && (count == 1 || blocks[i + 1] == first + BLOCK_SIZE + 1))
            return (const void *)(WINDOW_BASE + i * BLOCK_SIZE + pa % BLOCK_SIZE);
    }
    if (used + count > WINDOW_BLOCKS ||
        map_range(WINDOW_BASE + used * BLOCK_SIZE, first, count * BLOCK_SIZE, 0) != 0) {
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) blocks[used + i] = first + i * BLOCK_SIZE + 1;
    used += count;
    return (const void *)(WINDOW_BASE + (used - count) * BLOCK_SIZE + pa % BLOCK_SIZE);
}

static void find_uart(struct machine *m)
{
    /* A register without meaning keeps what is written only when there is a chip. */
    port_write8(COM1 + 7, 0x5a);
    if (port_read8(COM1 + 7) != 0x5a) return;
    m->uart = UART_16550;
    m->uart_regs = (struct region){ COM1, 8 };
    if (m->arch.ioapic.len != 0)
        m->uart_irq = VECTOR_IOAPIC + m->arch.isa_irq[COM1_ISA_IRQ] - m->arch.ioapic_base;
}

int arch_machine_read(struct machine *m, const char **problem)
{
    uint64_t rsdp_pa = 0;
    int err;

    memset(m, 0, sizeof(*m));
    for (uint32_t i = 0; i < ARRAY_LEN(m->arch.isa_irq); i++) m->arch.isa_irq[i] = i;
    m->timer_irq = VECTOR_TIMER;
    err = start_info_read(m, start_info_pa, &rsdp_pa, problem);
    if (err == 0) acpi_read(m, rsdp_pa);
    if (m->cpus == 0) mptable_read(m);
    if (m->cpus == 0) {
        m->cpus = 1;
        m->cpu_ids[0] = arch_cpu_id();
    }
    m->arch.lapic = (struct region){ msr_read(MSR_APIC_BASE) & MASK64(51, 12), PAGE_SIZE };
    find_uart(m);
    return err;
}

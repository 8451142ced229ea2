/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot loader says by the PVH protocol (Xen: public/arch-x86/hvm/start_info.h), and where
 * the PC's firmware keeps the rest. */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/str.h"

#define START_MAGIC     0x336ec578U
#define MEMORY_RAM      1U
#define MEMORY_MAX      128U
#define TEXT_MAX        4096U
#define LOW_RAM_END     0x100000U       /* firmware's data, video, ROM */

#define WINDOW_BASE     (IO_END - 0x4000000)
#define WINDOW_BLOCKS   32U

#define COM1            0x3f8U
#define COM1_ISA_IRQ    4U

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t modules_pa, cmdline_pa, rsdp_pa;
    uint64_t memory_pa;                 /* from version 1 on */
    uint32_t memory_count, rsv0;
};

struct memory_entry {
    uint64_t pa, len;
    uint32_t type, rsv0;
};

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

static int reserve(struct machine *m, uint64_t pa, uint64_t len)
{
    return ranges_add(&m->reserved, align_down(pa, PAGE_SIZE), align_up(pa + len, PAGE_SIZE));
}

static int read_memory(struct machine *m, const struct start_info *s)
{
    uint64_t len = (uint64_t)s->memory_count * sizeof(struct memory_entry), end;
    const struct memory_entry *e = boot_window(s->memory_pa, len);
    int err = 0;

    if (s->version < 1 || e == NULL || s->memory_count > MEMORY_MAX) return -ENODEV;
    for (uint32_t i = 0; i < s->memory_count && err == 0; i++) {
        uint64_t from = align_up(e[i].pa, PAGE_SIZE);

        if (!add_ok(&end, e[i].pa, e[i].len)) return -EINVAL;
        end = align_down(end, PAGE_SIZE);
        if (e[i].type == MEMORY_RAM && from < end) err = ranges_add(&m->ram, from, end);
    }
    if (err == -ENOSPC) err = 0;            /* RAM that does not fit the list is not used */
    return m->ram.count == 0 ? -ENODEV : err;
}

static int read_arguments(struct machine *m, const struct start_info *s)
{
    const char *text = s->cmdline_pa != 0 ? boot_window(s->cmdline_pa, TEXT_MAX) : NULL;

    if (text == NULL || memchr(text, '\0', TEXT_MAX) == NULL) return 0;
    m->bootargs = text;
    return reserve(m, s->cmdline_pa, strlen(text) + 1);
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
    const struct start_info *s = boot_window(start_info_pa, sizeof(*s));
    int err;

    memset(m, 0, sizeof(*m));
    for (uint32_t i = 0; i < ARRAY_LEN(m->arch.isa_irq); i++) m->arch.isa_irq[i] = i;
    m->timer_irq = VECTOR_TIMER;
    *problem = "the boot loader gave no PVH start info";
    err = s != NULL && s->magic == START_MAGIC ? 0 : -EINVAL;
    if (err == 0) {
        *problem = "the start info describes no memory";
        err = read_memory(m, s);
    }
    if (err == 0) {
        *problem = "too many reserved pieces of memory";
        err = reserve(m, 0, LOW_RAM_END);
    }
    if (err == 0) err = read_arguments(m, s);
    if (err == 0) acpi_read(m, s->rsdp_pa);
    if (m->cpus == 0) mptable_read(m);
    if (m->cpus == 0) {
        m->cpus = 1;
        m->cpu_ids[0] = arch_cpu_id();
    }
    m->arch.lapic = (struct region){ msr_read(MSR_APIC_BASE) & MASK64(51, 12), PAGE_SIZE };
    find_uart(m);
    return err;
}

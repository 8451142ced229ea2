/* SPDX-License-Identifier: Apache-2.0 */
/* Local APIC, by MSR when it is an x2APIC, and one I/O APIC (Intel SDM volume 3, 11; 82093AA). An
 * interrupt's number is its vector. The 8259 pair is masked. */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/mmio.h"

#define LAPIC_ID        0x020U
#define LAPIC_EOI       0x0b0U
#define LAPIC_SPURIOUS  0x0f0U
#define LAPIC_LVT_TIMER 0x320U
#define LAPIC_LVT_LINT0 0x350U
#define LAPIC_COUNT     0x380U
#define LAPIC_NOW       0x390U
#define LAPIC_DIVIDE    0x3e0U
#define LAPIC_COMMAND   0x300U
#define LAPIC_TARGET    0x310U
#define COMMAND_BUSY    BIT64(12)
#define DIVIDE_BY_1     0xbU
#define LVT_MASKED      BIT64(16)
#define LVT_DEADLINE    (UINT64_C(2) << 17)
#define TRIES           8U              /* of measuring the timer */
#define MSR_X2APIC      0x800U
#define MSR_DEADLINE    0x6e0U
#define APIC_BASE_X2    (BIT64(10) | BIT64(11))

#define IOAPIC_VERSION  1U
#define IOAPIC_REDIRECT 0x10U
#define IOAPIC_MASKED   BIT64(16)

static struct {
    volatile void *regs;                /* NULL: x2APIC */
    volatile void *ioapic;
    uint32_t pins;
    bool deadline;
    uint64_t count_per_tick;            /* 32.32 */
} apic;

static uint32_t lapic_read(uint32_t reg)
{
    return apic.regs == NULL ? (uint32_t)msr_read(MSR_X2APIC + reg / 16)
                             : mmio_read32(apic.regs, reg);
}

static void lapic_write(uint32_t reg, uint32_t v)
{
    if (apic.regs == NULL) msr_write(MSR_X2APIC + reg / 16, v);
    else mmio_write32(apic.regs, reg, v);
}

static void ioapic_write(uint32_t reg, uint32_t v)
{
    mmio_write32(apic.ioapic, 0, reg);
    mmio_write32(apic.ioapic, 0x10, v);
}

static bool is_pin(uint32_t irq)
{
    return apic.ioapic != NULL && irq >= VECTOR_IOAPIC && irq - VECTOR_IOAPIC < apic.pins;
}

/* Edge, active high, to this CPU: what ISA devices use. */
static void enable(uint32_t irq)
{
    uint32_t pin = irq - VECTOR_IOAPIC, id = lapic_read(LAPIC_ID);

    if (!is_pin(irq)) return;
    ioapic_write(IOAPIC_REDIRECT + 2 * pin + 1, apic.regs == NULL ? id << 24 : id);
    ioapic_write(IOAPIC_REDIRECT + 2 * pin, irq);
}

static void disable(uint32_t irq)
{
    if (is_pin(irq)) ioapic_write(IOAPIC_REDIRECT + 2 * (irq - VECTOR_IOAPIC), IOAPIC_MASKED);
}

static uint32_t ack(uint64_t vector)
{
    return vector == VECTOR_SPURIOUS ? UINT32_MAX : (uint32_t)vector;
}

static void end(uint32_t irq)
{
    if (apic.regs == NULL) msr_write(MSR_X2APIC + LAPIC_EOI / 16, 0);
    else mmio_write32(apic.regs, LAPIC_EOI, 0);
}

void lapic_send(uint32_t command, uint64_t id)
{
    if (apic.regs == NULL) {
        /* Unlike a store this is not ordered behind what the other shall see. */
        __asm__ volatile("mfence; lfence" ::: "memory");
        msr_write(MSR_X2APIC + LAPIC_COMMAND / 16, id << 32 | command);
        return;
    }
    while (lapic_read(LAPIC_COMMAND) & COMMAND_BUSY) { }
    lapic_write(LAPIC_TARGET, (uint32_t)id << 24);
    lapic_write(LAPIC_COMMAND, command);
}

static void send(uint32_t irq, const struct cpu *to) { lapic_send(irq, to->id); }

static uint64_t measure(uint64_t ticks)
{
    uint64_t from, counted;

    lapic_write(LAPIC_COUNT, UINT32_MAX);
    from = tsc_read();
    while (tsc_read() - from < ticks) { }
    counted = UINT32_MAX - lapic_read(LAPIC_NOW);
    return (counted << 32) / (tsc_read() - from);
}

static bool hardly_differ(uint64_t a, uint64_t b) { return (a > b ? a - b : b - a) < b / 256; }

/* Two measures in a row that hardly differ. Whoever stops the CPU between the two clocks spoils one, and
 * all timers would be late. Of spoiled ones the least: early timers are set again for the rest. */
static void timer_measure(void)
{
    uint64_t ticks = arch_ticks_per_second() / 100000, last, now, least;
    unsigned tries = TRIES;

    lapic_write(LAPIC_DIVIDE, DIVIDE_BY_1);
    lapic_write(LAPIC_LVT_TIMER, (uint32_t)LVT_MASKED);
    now = least = measure(ticks);
    do {
        last = now;
        now = measure(ticks);
        least = MIN(least, now);
    } while (!hardly_differ(last, now) && --tries > 0);
    apic.count_per_tick = tries > 0 ? now : least;
    lapic_write(LAPIC_COUNT, 0);
}

static void init_cpu(void)
{
    if (apic.regs == NULL) msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_X2);
    lapic_write(LAPIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
    lapic_write(LAPIC_LVT_LINT0, (uint32_t)LVT_MASKED);
    lapic_write(LAPIC_DIVIDE, DIVIDE_BY_1);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | (apic.deadline ? (uint32_t)LVT_DEADLINE : 0));
}

static const struct irqchip chip = { enable, disable, ack, end, init_cpu, send };

static int ioapic_start(const struct machine *m)
{
    if (m->arch.ioapic.len == 0) return 0;
    apic.ioapic = io_map(&m->arch.ioapic);
    if (apic.ioapic == NULL) return -ENOMEM;
    mmio_write32(apic.ioapic, 0, IOAPIC_VERSION);
    apic.pins = MIN((mmio_read32(apic.ioapic, 0x10) >> 16 & 0xff) + 1,
                    VECTOR_TIMER - VECTOR_IOAPIC);
    for (uint32_t pin = 0; pin < apic.pins; pin++) disable(VECTOR_IOAPIC + pin);
    return 0;
}

int arch_irq_init(const struct machine *m, const struct irqchip **out, const char **problem)
{
    int err;

    port_write8(0x21, 0xff);
    port_write8(0xa1, 0xff);
    if (!(cpuid(1, 0).c & BIT64(21)) && (apic.regs = io_map(&m->arch.lapic)) == NULL)
        return -ENOMEM;
    err = ioapic_start(m);
    if (err != 0) return err;
    init_cpu();
    apic.deadline = cpuid(1, 0).c & BIT64(24);
    if (!apic.deadline) timer_measure();
    *out = &chip;
    return 0;
}

/* A count too long for the register ends early; the timer queue then asks for the rest. */
void arch_timer_set(uint64_t at)
{
    uint64_t now, count;

    if (apic.deadline) {
        msr_write(MSR_DEADLINE, at == UINT64_MAX ? 0 : at);
        return;
    }
    if (at == UINT64_MAX) {
        lapic_write(LAPIC_COUNT, 0);
        return;
    }
    now = tsc_read();
    at = at > now ? MIN(at - now, BIT64(31)) : 0;
    count = (at * (apic.count_per_tick >> 16) >> 16) + 1;
    lapic_write(LAPIC_COUNT, (uint32_t)MIN(count, (uint64_t)UINT32_MAX));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts across vCPUs: shared ones go where they are aimed, also when the aim changes while
 * they wait; SGIs to all others; what one vCPU takes back another does not get. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICD   ((volatile void *)(uintptr_t)GICD_BASE)
#define SPI    42u
#define SGI    5u
#define ROUNDS 200u

static volatile bool ready[CPUS_MAX], hold;
static uint32_t cpus;

static void bit(uint32_t bank)
{
    mmio_write32(GICD, bank + SPI / 32 * 4, 1u << SPI % 32);
    dsb();
}

static bool is_pending(void)
{
    return (mmio_read32(GICD, 0x200 + SPI / 32 * 4) >> SPI % 32 & 1) != 0;
}

static void pend(void)    { bit(0x200); }
static void unpend(void)  { bit(0x280); }
static void enable(void)  { bit(0x100); }
static void disable(void) { bit(0x180); }

static void aim(uint32_t cpu)
{
    if (gic_version == 2) {
        mmio_write8(GICD, 0x800 + SPI, (uint8_t)(1u << cpu));
    } else {
        mmio_write64(GICD, 0x6000 + SPI * 8, cpu);
    }
    dsb();
}

static void secondary(void *arg)
{
    uint32_t self = cpu_id();

    (void)arg;
    gic_init();
    gic_enable(SGI);
    ready[self] = true;
    while (true) {
        if (hold) continue;             /* awake, interrupts masked */
        irq_wait();
    }
}

static uint32_t taken_by_all(uint32_t intid)
{
    uint32_t sum = 0;

    for (uint32_t cpu = 0; cpu < cpus; cpu++) sum += irqs_taken(cpu, intid);
    return sum;
}

static void aimed(void)
{
    uint32_t before = taken_by_all(SPI);

    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        aim(cpu);
        for (uint32_t i = 0; i < ROUNDS; i++) {
            uint32_t had = irqs_taken(cpu, SPI);

            pend();
            while (irqs_taken(cpu, SPI) == had) {
                if (cpu == 0) irq_wait();
            }
        }
        report(irqs_taken(cpu, SPI) >= ROUNDS, "aimed at vCPU %u: taken there %u times", cpu, ROUNDS);
    }
    report(taken_by_all(SPI) - before == ROUNDS * cpus, "and nowhere else");
}

static void aim_changes(void)
{
    uint32_t first = irqs_taken(1, SPI), last = irqs_taken(cpus - 1, SPI);

    disable();
    aim(1);
    pend();
    aim(cpus - 1);
    enable();
    while (irqs_taken(cpus - 1, SPI) == last) {}
    report(irqs_taken(1, SPI) == first, "aimed elsewhere while it waited: taken there");
}

static void taken_back(void)
{
    uint32_t had = irqs_taken(1, SPI), sgis = irqs_taken(1, SGI);

    hold = true;
    gic_send_sgi(1, SGI);                       /* out of WFI, so that it sees `hold` */
    while (irqs_taken(1, SGI) == sgis) {}
    aim(1);
    pend();
    while (!is_pending()) {}
    unpend();
    while (is_pending()) {}
    sgis = irqs_taken(1, SGI);
    hold = false;
    gic_send_sgi(1, SGI);
    while (irqs_taken(1, SGI) == sgis) {}
    report(irqs_taken(1, SPI) == had, "taken back before the vCPU looked: not taken");
}

static void to_all_others(void)
{
    uint32_t before[CPUS_MAX];

    for (uint32_t i = 0; i < ROUNDS; i++) {
        for (uint32_t cpu = 0; cpu < cpus; cpu++) before[cpu] = irqs_taken(cpu, SGI);
        dsb();
        if (gic_version == 2) {
            mmio_write32(GICD, 0xf00, 1u << 24 | SGI);
        } else {
            write_sysreg(S3_0_C12_C11_5, UINT64_C(1) << 40 | (uint64_t)SGI << 24);
            isb();
        }
        for (uint32_t cpu = 1; cpu < cpus; cpu++) {
            while (irqs_taken(cpu, SGI) == before[cpu]) {}
        }
    }
    irq_poll();
    report(irqs_taken(0, SGI) == before[0], "an SGI to all others, %u times, not to the sender", ROUNDS);
}

void guest_main(void)
{
    uint32_t at = 0xc00 + SPI / 16 * 4;

    cpus = dtb_cpus();
    gic_init();
    gic_enable(SGI);
    mmio_write32(GICD, at, mmio_read32(GICD, at) | 2u << SPI % 16 * 2);     /* edge */
    gic_enable(SPI);
    report(cpus >= 3, "%u vCPUs", cpus);
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!report(cpu_start(cpu, secondary, NULL) == 0, "vCPU %u starts", cpu)) return;
        while (!ready[cpu]) {}
    }
    aimed();
    aim_changes();
    taken_back();
    to_all_others();
}

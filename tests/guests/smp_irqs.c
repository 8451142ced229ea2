/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of several vCPUs at once: shared ones that move from vCPU to vCPU, everybody's timer among everybody's SGIs,
 * then all vCPUs writing the distributor's registers at random, after which it has to work as before. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICD    ((volatile void *)(uintptr_t)GICD_BASE)
#define MOVING  50u
#define ROUNDS  400u
#define TICKS   100u
#define WRITES  500u
#define SGI     2u
#define FIRST   40u                     /* 40 to 63: no device drives them */
#define LAST    63u

enum phase { WAITING, TICKING, WRITING, LEAVING };

static volatile enum phase phase;
static volatile uint32_t done[CPUS_MAX];        /* phases each vCPU is through with */
static volatile uint32_t ticks[CPUS_MAX];
static volatile bool ticking[CPUS_MAX];
static uint32_t cpus;

static void bit(uint32_t bank, uint32_t intid)
{
    mmio_write32(GICD, bank + intid / 32 * 4, 1u << intid % 32);
    dsb();
}

static void route(uint32_t intid, uint32_t cpu)
{
    if (gic_version == 2) mmio_write8(GICD, 0x800 + intid, (uint8_t)(1u << cpu));
    else mmio_write64(GICD, 0x6000 + 8 * intid, cpu);
    dsb();
}

static void on_irq(uint32_t intid)
{
    uint32_t self = cpu_id();

    if (intid != VTIMER_INTID || !ticking[self]) return;
    ticks[self]++;
    gic_send_sgi((self + ticks[self]) % cpus, SGI);
    timer_off();
    if (ticks[self] < TICKS) timer_set(time_now() + time_hz() / 1000);
}

static void tick(void)
{
    uint32_t self = cpu_id();

    ticking[self] = true;
    ticks[self] = 0;
    timer_set(time_now());
    while (ticks[self] < TICKS) irq_wait();
    ticking[self] = false;
}

static uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void scribble(void)
{
    uint32_t seed = cpu_id() + 1;

    for (uint32_t i = 0; i < WRITES; i++) {
        uint32_t intid = FIRST + random_next(&seed) % (LAST - FIRST + 1), what = random_next(&seed) % 12;

        if (what < 6) bit(0x100 + what * 0x80, intid);          /* enable, disable, pend, clear, activate, deactivate */
        else if (what < 8) bit(0x200, intid);
        else if (what == 8) mmio_write8(GICD, 0x400 + intid, (uint8_t)(random_next(&seed) % 16 * 16));
        else if (what == 9) route(intid, random_next(&seed) % cpus);
        else if (what == 10) mmio_write32(GICD, 0xc00 + intid / 16 * 4, random_next(&seed) & 0xaaaaaaaa);
        else gic_send_sgi(random_next(&seed) % cpus, 8 + random_next(&seed) % 8);
        irq_poll();
    }
}

static void distributor_tidy(void)
{
    for (uint32_t i = FIRST; i <= LAST; i++) {
        bit(0x180, i);
        bit(0x280, i);
        bit(0x380, i);
        mmio_write8(GICD, 0x400 + i, 0xa0);
        route(i, 0);
    }
    mmio_write32(GICD, 0xc08, 0xaaaaaaaa);
    mmio_write32(GICD, 0xc0c, 0xaaaaaaaa);
    dsb();
}

static void wake_all(enum phase next)
{
    phase = next;
    for (uint32_t cpu = 1; cpu < cpus; cpu++) gic_send_sgi(cpu, SGI);
}

static void wait_all(uint32_t phases)
{
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        while (done[cpu] < phases) irq_poll();
    }
}

static void secondary(void *arg)
{
    uint32_t self = cpu_id(), through = 0;

    (void)arg;
    gic_init();
    for (uint32_t i = 0; i < 16; i++) gic_enable(i);
    gic_enable(VTIMER_INTID);
    done[self] = ++through;
    while (phase == WAITING) irq_wait();
    tick();
    done[self] = ++through;
    while (phase == TICKING) irq_wait();
    scribble();
    done[self] = ++through;
    while (phase == WRITING) irq_wait();
}

static uint32_t taken_by_all(uint32_t intid)
{
    uint32_t n = 0;

    for (uint32_t cpu = 0; cpu < cpus; cpu++) n += irqs_taken(cpu, intid);
    return n;
}

static void moving(uint32_t rounds, const char *when)
{
    uint32_t wrong = 0, before = taken_by_all(MOVING);

    bit(0x100, MOVING);
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t cpu = i % cpus, had = irqs_taken(cpu, MOVING);

        route(MOVING, cpu);
        bit(0x200, MOVING);
        while (taken_by_all(MOVING) == before + i) irq_poll();
        wrong += irqs_taken(cpu, MOVING) != had + 1;
    }
    for (uint32_t i = 0; i < 3; i++) irq_poll();
    report(wrong == 0 && taken_by_all(MOVING) == before + rounds, "%s: a moving interrupt reached its vCPU %u times", when, rounds);
}

void guest_main(void)
{
    uint32_t missing = 0;

    cpus = dtb_cpus();
    gic_init();
    for (uint32_t i = 0; i < 16; i++) gic_enable(i);
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
    gic_enable(MOVING);
    distributor_tidy();
    for (uint32_t cpu = 1; cpu < cpus; cpu++) missing += cpu_start(cpu, secondary, NULL) != 0;
    if (!report(missing == 0, "%u vCPUs", cpus)) return;
    wait_all(1);
    moving(ROUNDS, "at first");

    wake_all(TICKING);
    tick();
    wait_all(2);
    report(true, "%u timer interrupts on each, all at once", TICKS);

    wake_all(WRITING);
    scribble();
    wait_all(3);
    report(true, "all wrote to the distributor %u times", WRITES);
    distributor_tidy();
    moving(ROUNDS, "afterwards");
    wake_all(LEAVING);
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        while (cpu_state(cpu) != 1) {}
    }
    report(true, "all left");
}

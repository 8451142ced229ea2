/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs between vCPUs: a thousand round trips each, with both ends asleep in between, and one to
 * oneself. */
#include "tests/guests/lib/guest.h"

#define ROUNDS 1000u
#define PING   3u
#define PONG   4u

static volatile uint32_t ready, rounds[CPUS_MAX];

static void echo(uint32_t intid)
{
    if (intid == PING && cpu_id() != 0) gic_send_sgi(0, PONG);
    rounds[cpu_id()]++;
}

static void secondary(void *arg)
{
    (void)arg;
    gic_init();
    gic_enable(PING);
    dsb();
    ready = cpu_id();
    while (rounds[cpu_id()] < ROUNDS) irq_wait();
}

void guest_main(void)
{
    uint32_t cpus = dtb_cpus(), pongs = 0;

    gic_init();
    gic_enable(PING);
    gic_enable(PONG);
    irq_hook = echo;
    report(cpus >= 2, "%u vCPUs", cpus);
    for (uint32_t cpu = 1; cpu < cpus; cpu++) {
        if (!report(cpu_start(cpu, secondary, NULL) == 0, "vCPU %u starts", cpu)) return;
        while (ready != cpu) {}
        for (uint32_t i = 0; i < ROUNDS; i++) {
            gic_send_sgi(cpu, PING);
            pongs++;
            while (irqs_taken(0, PONG) != pongs) irq_wait();
        }
        while (cpu_state(cpu) != 1) {}
        report(irqs_taken(cpu, PING) == ROUNDS, "vCPU %u answered %u times", cpu, ROUNDS);
    }
    gic_send_sgi(0, PING);
    while (irqs_taken(0, PING) == 0) irq_wait();
    report(irqs_taken(0, PING) == 1, "one to oneself");
}

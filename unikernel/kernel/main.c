/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the system comes up. What fails before there is a console has only the exit
 * status to say so. */
#include "unikernel/kernel/main.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/space.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/work.h"
#include "unikernel/posix/start.h"
#include "lib/err.h"

struct machine machine;

extern const struct service __services_start[], __services_end[];

static void cut_all(struct ranges *ram, const struct ranges *what)
{
    for (uint32_t i = 0; i < what->count; i++) ranges_cut(ram, what->at[i].base, what->at[i].end);
}

/* RAM minus whatever is reserved. */
static int give_pages(void)
{
    struct ranges *ram = &machine.ram;
    int err = 0;

    cut_all(ram, &machine.reserved);
    ranges_cut(ram, 0, 4096);                                   /* 0 means "none" in our tables */
    for (uint32_t i = 0; i < ram->count && err == 0; i++) {
        err = pages_add(ram->at[i].base, ram->at[i].end);
        if (err == -ENOSPC) {
            log_warn("memory", "more than %u separate pieces: the rest is not used", i);
            return 0;
        }
    }
    return err;
}

static void start_memory(void)
{
    uint64_t base, end, size;
    int err;

    map_image_range(&base, &end);
    ranges_cut(&machine.ram, base, end);
    cut_all(&machine.ram, &machine.unmapped);
    size = ranges_total(&machine.ram);
    err = map_machine(&machine);
    size -= ranges_total(&machine.ram);
    if (size != 0) log_warn("memory", "%lu KiB in many pieces are not used", size / 1024);
    if (err == 0) err = give_pages();
    if (err == 0) err = space_init();
    if (err != 0) panic("memory cannot be set up (error %d)", -err);
}

static void start_interrupts(void)
{
    const char *problem = "the interrupt controller cannot be used";

    if (irq_init(&machine, &problem) != 0) panic("%s", problem);
    if (work_start() != 0) panic("no memory for the thread that handlers leave work to");
    if (console_receive(&machine) != 0) log_warn("console", "no interrupt for the UART: no input");
}

static void start_clock(void)
{
    uint64_t seconds = arch_rtc_seconds(&machine);

    if (seconds != 0) time_wall_set(seconds * 1000000000);
}

static void start_services(void)
{
    for (const struct service *s = __services_start; s < __services_end; s++) {
        int err = s->start();

        if (err != 0) log_error(s->name, "cannot start (error %d)", -err);
    }
}

static void tell_what_there_is(void)
{
    struct pages_stat pages;

    pages_stat(&pages);
    log_debug("boot", "%lu MiB, %u CPUs, a clock of %lu Hz", pages.total / 256, cpu_count,
              arch_ticks_per_second());
}

void uk_main(void)
{
    const char *problem;
    int err = arch_machine_read(&machine, &problem);

    time_init();
    if (console_init(&machine) != 0) arch_exit(PANIC_STATUS);
    arch_hypervisor_detect(&machine);           /* also how a panic reaches who started us */
    if (err != 0) panic("%s (error %d)", problem, -err);
    start_memory();
    start_interrupts();
    start_clock();
    cpus_start(&machine);
    tell_what_there_is();
    start_services();
    fault_init();
    if (posix_start() != 0) panic("no memory for the main thread");
    sched_idle();
}

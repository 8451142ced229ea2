/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of a guest test program. See guest.h. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define VECTOR_SYNC 4u                  /* current EL, SP_EL1 */
#define VECTOR_IRQ  5u
#define VECTOR_SERROR 7u
#define TRAPS_MAX   100000u             /* of one arm; beyond it the program is caught in a loop */

struct frame {                          /* known to start.S */
    uint64_t x[31], elr, spsr;
};

void (*trap_hook)(void);
static struct trap traps[CPUS_MAX];
static bool armed[CPUS_MAX];

extern const char isolated_back[];
void irq_take(void);
void trap_handle(struct frame *f, uint64_t vector);

void trap_handle(struct frame *f, uint64_t vector)
{
    struct trap *t = &traps[cpu_id()];

    if (vector == VECTOR_IRQ) {
        irq_take();
        return;
    }
    if (vector == VECTOR_SERROR && armed[cpu_id()]) {
        t->count++;
        t->esr = read_sysreg(esr_el1);
        return;
    }
    if (vector != VECTOR_SYNC || !armed[cpu_id()] || t->count == TRAPS_MAX) {
        armed[cpu_id()] = false;
        if (trap_hook != NULL) trap_hook();
        report(false, "exception: vector %u, esr %lx, far %lx, elr %lx", (unsigned)vector, read_sysreg(esr_el1),
               read_sysreg(far_el1), f->elr);
        finish();
    }
    if (ESR_CLASS(read_sysreg(esr_el1)) == EC_BRK) {
        f->elr = (uintptr_t)isolated_back;
        return;
    }
    t->count++;
    t->esr = read_sysreg(esr_el1);
    t->far = read_sysreg(far_el1);
    t->elr = f->elr;
    f->elr = ESR_CLASS(t->esr) == EC_FETCH_ABORT || ESR_CLASS(t->esr) == EC_PC_ALIGN ? f->x[30] : f->elr + 4;
}

void trap_arm(void)
{
    traps[cpu_id()] = (struct trap){ .count = 0 };
    armed[cpu_id()] = true;
    dsb();
}

struct trap trap_taken(void)
{
    dsb();
    isb();
    armed[cpu_id()] = false;
    return traps[cpu_id()];
}

uint64_t mem_read(uint64_t at, uint32_t bytes, struct trap *t)
{
    const volatile void *p = (const volatile void *)(uintptr_t)at;
    uint64_t value;

    trap_arm();
    switch (bytes) {
    case 1:  value = mmio_read8(p, 0); break;
    case 2:  value = mmio_read16(p, 0); break;
    case 4:  value = mmio_read32(p, 0); break;
    default: value = mmio_read64(p, 0); break;
    }
    *t = trap_taken();
    return value;
}

void mem_write(uint64_t at, uint64_t value, uint32_t bytes, struct trap *t)
{
    volatile void *p = (volatile void *)(uintptr_t)at;

    trap_arm();
    switch (bytes) {
    case 1:  mmio_write8(p, 0, (uint8_t)value); break;
    case 2:  mmio_write16(p, 0, (uint16_t)value); break;
    case 4:  mmio_write32(p, 0, (uint32_t)value); break;
    default: mmio_write64(p, 0, value); break;
    }
    *t = trap_taken();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Runtime of the guest test programs: bare metal at EL1 with the MMU off, on Shyper's default
 * guest layout. It is that of QEMU's virt machine too, so most programs also run there, without
 * a hypervisor.
 *
 * A program supplies guest_main. It says what it found with report() and returns; the runtime
 * prints `done: N passed, M failed` and switches off. Only the first vCPU prints and reports. */
#pragma once

#include "lib/compiler.h"

#define UART_BASE 0x09000000u
#define GICD_BASE 0x08000000u
#define GICC_BASE 0x08010000u
#define GICR_BASE 0x080a0000u
#define CPUS_MAX  8u

void guest_main(void);

void print(const char *format, ...) printf_like(1, 2);
/** One result. Returns ok. */
bool report(bool ok, const char *format, ...) printf_like(2, 3);
void noreturn_fn finish(void);
/** If the command line is `wait`: sleep until a character is typed. For programs that would slow
 * the start of others. */
void wait_if_told(void);
/** The number behind `name=` on the command line, whose words are parted by commas or blanks. */
uint64_t argument(const char *name, uint64_t otherwise);

/* --- firmware calls --- */

struct smccc {
    uint64_t x[6];
};

void hvc_call(struct smccc *io);
void smc_call(struct smccc *io);

/** Result x0 of a call with up to three arguments. */
static inline uint64_t hvc(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    struct smccc io = { { id, a, b, c } };

    hvc_call(&io);
    return io.x[0];
}

#define PSCI_VERSION          0x84000000u
#define PSCI_CPU_SUSPEND      0x84000001u
#define PSCI_CPU_OFF          0x84000002u
#define PSCI_CPU_ON           0x84000003u
#define PSCI_AFFINITY_INFO    0x84000004u
#define PSCI_MIGRATE          0x84000005u
#define PSCI_MIGRATE_TYPE     0x84000006u
#define PSCI_SYSTEM_OFF       0x84000008u
#define PSCI_SYSTEM_RESET     0x84000009u
#define PSCI_FEATURES         0x8400000au
#define PSCI_64               0x40000000u

#define PSCI_NOT_SUPPORTED    (-1)
#define PSCI_INVALID_PARAMS   (-2)
#define PSCI_ALREADY_ON       (-4)
#define PSCI_INVALID_ADDRESS  (-9)

/* --- exceptions --- */

struct trap {
    uint64_t count;                     /* since trap_arm */
    uint64_t esr, far, elr;             /* of the last */
};

#define ESR_CLASS(esr)  ((uint32_t)((esr) >> 26) & 0x3fu)
#define ESR_FAULT(esr)  ((uint32_t)(esr) & 0x3fu)
#define EC_UNKNOWN      0x00u
#define EC_SYSREG       0x18u
#define EC_FETCH_ABORT  0x21u
#define EC_PC_ALIGN     0x22u
#define EC_DATA_ABORT   0x25u
#define EC_BRK          0x3cu
#define FAULT_EXTERNAL  0x10u

/** From here on SErrors and synchronous exceptions of this vCPU are counted, and of the latter the
 * instruction is skipped (a failed fetch returns to the caller). Unless armed, an exception ends the program as a failure. */
void trap_arm(void);
struct trap trap_taken(void);           /* and disarm */

/** Called for an exception of a vCPU that is not armed, instead of ending the program. */
extern void (*trap_hook)(void);

/** Run code that ends with BRK, with x9 given; whatever it does to the general registers is
 * undone. Armed only. */
void isolated_run(const void *code, uint64_t x9);
#define BRK 0xd4200000u

/** Accesses of a given width; the trap tells how they went. */
uint64_t mem_read(uint64_t at, uint32_t bytes, struct trap *t);
void mem_write(uint64_t at, uint64_t value, uint32_t bytes, struct trap *t);

static inline bool is_external_abort(const struct trap *t, uint64_t at)
{
    return t->count == 1 && ESR_CLASS(t->esr) == EC_DATA_ABORT && ESR_FAULT(t->esr) == FAULT_EXTERNAL && t->far == at;
}

/* --- interrupts --- */

extern uint32_t gic_version;
/** This vCPU's interface, and on the first vCPU the distributor before it. */
void gic_init(void);
void gic_enable(uint32_t intid);        /* priority 0xa0, level; SPIs to the first vCPU */
void gic_send_sgi(uint32_t cpu, uint32_t sgi);
/** As the distributor, or this vCPU's redistributor, says. */
bool irq_is_pending(uint32_t intid);
/** Interrupts taken by a vCPU so far. */
uint32_t irqs_taken(uint32_t cpu, uint32_t intid);
/** Called for every interrupt taken, before it is ended. A level interrupt has to be quietened
 * here. */
extern void (*irq_hook)(uint32_t intid);
/** Sleep until an interrupt is pending, and take it. Interrupts are masked everywhere else. */
void irq_wait(void);
/** Take what is pending now. */
void irq_poll(void);

/* --- time --- */

#define VTIMER_INTID 27u
uint64_t time_now(void);
uint64_t time_hz(void);
void timer_set(uint64_t at);            /* virtual timer on, unmasked */
void timer_off(void);

/* --- vCPUs --- */

uint32_t cpu_id(void);
/** PSCI CPU_ON; fn(arg) runs there on a stack of its own, then the vCPU switches itself off. The
 * PSCI result. */
int64_t cpu_start(uint32_t cpu, void (*fn)(void *arg), void *arg);
void cpu_off(void);
int64_t cpu_state(uint32_t cpu);        /* AFFINITY_INFO: 0 on, 1 off, 2 on pending */

/* --- device tree --- */

extern const void *guest_dtb;
/** Value of a property in the first node whose name begins like this; NULL: there is none. */
const void *dtb_property(const char *node, const char *name, uint32_t *bytes);
uint64_t dtb_u64(const void *p);        /* two cells */
uint32_t dtb_cpus(void);

#define read_sysreg(name)                                                                          \
    ({ uint64_t read_value; __asm__ volatile("mrs %0, " #name : "=r"(read_value)); read_value; })
#define write_sysreg(name, v) __asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(v)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb() __asm__ volatile("dsb sy" : : : "memory")

/* SPDX-License-Identifier: Apache-2.0 */
/* The whole core with its real devices on a board that exists only here: CPUs that take turns (arch/host), a controller that
 * knows what was sent and raised, pages from the heap so that ASan sees each of them. A test links @fake_board.c.
 *
 *     8000000 GICD   8010000 GICC (v2), 80a0000 GICR (v3)   9000000 UART   40000000..40400000 EL2
 *     40400000..80000000 the MVM   80000000..100000000 guest pool, with holes at 88000000 and 90000000 */
#pragma once

#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/core/vm_life.h"
#include "hypervisor/core/vm_make.h"
#include "hypervisor/drivers/gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define BOARD_SPI_END 96u
#define BOARD_RAM     UINT64_C(0x40000000)      /* where guests have theirs */
#define BOARD_MVM_RAM UINT64_C(0x40400000)
#define BOARD_MVM_END UINT64_C(0x80000000)
#define BOARD_UART    UINT64_C(0x9000000)
#define BOARD_UART_IRQ 33u

/** Once per process; the version can be changed later, while there are no VMs. */
void board_init(uint32_t gic_version, uint32_t cpu_count);
void board_set_gic(uint32_t version);

/** As a profile for a guest: RAM at BOARD_RAM, a UART and an interrupt controller. */
struct vm_config *board_config(const char *name, uint32_t vcpus, uint64_t ram_bytes);
struct vm *board_guest(const char *name, uint32_t vcpus, uint64_t ram_bytes);
struct vm *board_mvm(uint32_t vcpus);
/** The same as a profile blob (abi/profile.h) with 4 MiB of RAM; kernel NULL: none. Returns its length. */
uint32_t board_blob(void *out, uint32_t room, const char *name, uint32_t vcpus, const char *kernel, uint64_t load);
/** All VMs are stopped and taken away, the management VM last. */
void board_clear(void);

/** vm_remove until it has an end. */
int board_remove(struct vm *vm);
int board_reset(struct vm *vm);

/** Kicks sent to a CPU since the last call. */
uint32_t board_kicks(uint32_t cpu);
/** The guest on the calling CPU acknowledges and ends what its list registers hold; false: nothing. */
bool board_take(uint32_t *intid);
/** Called whenever the core looks at the calling CPU's virtual interface; NULL: nobody. */
extern void (*board_on_look)(void);
/** Interrupts a CPU finds at its controller, in order. */
void board_raise(uint32_t cpu, uint32_t intid);
extern uint64_t board_enabled[1024 / 64], board_active[1024 / 64];
extern uint32_t board_eois, board_deactivations;
/** How many interrupts that are in no list register the guest on the calling CPU has ended. */
extern uint32_t board_unlisted_ends;

/** What must be as before when all VMs have gone. */
struct board_count {
    uint64_t pool_free;
    uint32_t pages, vms, at_home, queued, timers, irqs;
};
struct board_count board_count(void);
bool board_count_same(const struct board_count *a, const struct board_count *b);

/** Run a core's exit loop: who is entered, or NULL when it has nothing to run. */
struct vcpu *board_turn(uint32_t cpu);
/** Let each core go through its exit loop until none has work left. */
void board_settle(void);
/** A hypercall of this vCPU, which must be running. Returns x0; x1 in *value when not NULL. */
int64_t board_call(struct vcpu *v, uint32_t id, const uint64_t arg[5], uint64_t *value);
#define CALL(v, id, ...) board_call(v, id, (const uint64_t[5]){ __VA_ARGS__ }, NULL)

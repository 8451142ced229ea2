/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual CPU and its place on a physical one. A vCPU is pinned to its home core: only that core
 * runs it, and only that core changes its registers while it is on. Other cores change `requests`
 * and the queues and kick. */
#pragma once

#include "hypervisor/core/types.h"
#include "abi/vm.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/runq.h"
#include "hypervisor/core/timer.h"
#include "hypervisor/devices/vgic.h"
#include "lib/list.h"

enum vcpu_state {
    VCPU_OFF,               /* PSCI: not on, or its VM does not run */
    VCPU_READY,             /* in its core's queue */
    VCPU_RUNNING,           /* on the core */
    VCPU_WAITING,           /* in WFI, woken by an interrupt */
    VCPU_PAUSED,            /* on, but its VM is paused: in no queue, nothing of it on the core */
};

struct vcpu {
    struct vm *vm;
    struct cpu *cpu;                /* home core */
    uint32_t id;
    uint64_t mpidr;                 /* affinity bits the guest sees */
    enum vcpu_state state;          /* changed under cpu->lock */
    bool leave;                     /* the VM is stopping: go OFF at the next exit */
    bool pause;                     /* the VM is paused: go PAUSED at the next exit */
    struct list home_node;
    struct runnable sched;
    struct vgic_cpu vgic;
    struct timer vtimer;            /* stands in for the virtual timer while not on the core */
    struct timer ptimer;            /* is the physical timer */
    uint64_t exits[SHYPER_EXIT_COUNT];      /* by enum shyper_exit; only its core writes */
    uint64_t refused;                       /* hypercalls answered with an error */
    bool again; /* the device could not answer yet: the trapped access is to be tried again */
    struct device *device_hint; /* of the last trapped access; at first one of length 0 */
    struct arch_vcpu arch;
};

/** Who finds it off or paused also finds everything that its core did until then. Any core. */
static inline enum vcpu_state vcpu_state_of(const struct vcpu *v)
{
    return __atomic_load_n(&v->state, __ATOMIC_ACQUIRE);
}

/** Registers as after reset, then on at `entry` with x0 = context; runnable on its core, or held if
 * its VM is paused. vm->lock is held. */
void vcpu_reset(struct vcpu *v);
void vcpu_start(struct vcpu *v, uint64_t entry, uint64_t context);

/** An interrupt or request waits: wake it if it sleeps, make its core look if it runs. Any core,
 * any time. */
void vcpu_kick(struct vcpu *v);

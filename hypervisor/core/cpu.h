/* SPDX-License-Identifier: Apache-2.0 */
/* A physical CPU of ours: what it runs, its run queue, and why it should look up. */
#pragma once

#include "arch_vcpu.h"              /* this_cpu */
#include "hypervisor/core/types.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/runq.h"
#include "hypervisor/core/timer.h"
#include "lib/list.h"

#define WORK_RESCHEDULE 1u          /* the run queue changed, or the slice is over */
#define WORK_VGIC       2u          /* list registers of the running vCPU need refilling */
#define WORK_LEAVE      4u          /* some vCPU of this core must go off */
#define WORK_JOB        8u          /* a VM waits to be reloaded, see vm_life.h */
#define WORK_WATCH      16u         /* something is due or has changed, see watch.h */

struct cpu {
    struct vcpu *vcpu;              /* on this core now; NULL: idle */
    uint32_t work; /* WORK_*; set from anywhere (atomic), cleared by the exit loop */
    uint32_t id;
    uint64_t mpidr;
    uint64_t trace_mask;
    struct spinlock lock;           /* run queue and the state of its vCPUs */
    struct runq queue;              /* READY and RUNNING vCPUs */
    struct list home;               /* vCPUs whose home this is; changed under vms_lock and lock */
    uint32_t homes;                 /* how many (atomic) */
    struct timer_queue timers;
    struct timer slice, job;
    struct vcpu *loaded; /* whose EL1 state is in the registers (stays after it stops running) */
    uint64_t lrs_left;              /* list registers the last vCPU did not leave empty */
    void *trace;                    /* ring of records */
    uint64_t trace_next;
    bool online;
    uint8_t *stack_top;
};

extern struct cpu cpus[CPU_MAX];
extern uint32_t cpu_count;

/** Set work bits of a CPU and interrupt it if it is another one that does not know yet. */
void cpu_request(struct cpu *c, uint32_t work);

/** Part of bringing a CPU up. */
void sched_init_cpu(struct cpu *c);

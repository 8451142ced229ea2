/* SPDX-License-Identifier: Apache-2.0 */
/* VMs of one vCPU that run on two CPUs; time moves only by the test's hand. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/sched.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPUS  2u
#define SLICE (HOST_COUNTER_HZ / 100)

static struct board_count before;

static inline int board(void **state)
{
    board_init(3, CPUS);
    return 0;
}

static inline int start(void **state)
{
    before = board_count();
    board_mvm(1); /* on CPU 0, and not started: the machine goes on when the last guest has ended */
    return 0;
}

static inline int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

/* A running VM with one vCPU on the given CPU. */
static inline struct vcpu *runner_of(const char *name, uint32_t cpu, struct sched_config sched)
{
    struct vm_config *c = board_config(name, 1, 2 * MIB);
    const char *why;
    struct vm *vm;

    c->cpu_master = cpu;
    c->sched = sched;
    assert_int_equal(vm_make(c, false, &vm, &why), 0);
    assert_int_equal(vm_boot(vm), 0);
    return vm->vcpu[0];
}

static inline struct vcpu *runner(const char *name, uint32_t cpu)
{
    return runner_of(name, cpu, (struct sched_config){ .weight = SHYPER_WEIGHT_DEFAULT });
}

static inline uint64_t ran(struct vcpu *v)
{
    uint64_t run, ready;

    sched_times(v, &run, &ready);
    return run;
}

/* Its interrupt controller is on, its CPU interface open: what is pending wakes it. */
static inline void listen(struct vcpu *v)
{
    struct mmio_access a = { .offset = 0, .value = 3, .size = 4, .write = true };

    v->vgic.regs.vmcr = 0xff000003;
    assert_true(v->vm->device[0].model->mmio(&v->vm->device[0], v, &a));
    v->vgic.irq[3].enabled = true;
}

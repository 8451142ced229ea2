/* SPDX-License-Identifier: Apache-2.0 */
/* VMs on three CPUs; the management VM is on the first. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/hcall.h"
#include "hypervisor/core/sched.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPU_ON UINT64_C(0xc4000003)

static struct board_count before;
static struct vm *mvm;

static inline int board(void **state)
{
    board_init(3, 3);
    return 0;
}

static inline int start(void **state)
{
    before = board_count();
    mvm = board_mvm(1);
    (void)CALL(mvm->vcpu[0], 0xc6000004, 0);
    return 0;
}

static inline int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

static inline uint64_t events(void)
{
    uint64_t value = 0;

    assert_int_equal(board_call(mvm->vcpu[0], 0xc6000004, (const uint64_t[5]){ 0 }, &value), 0);
    return value;
}

static inline void who_is_there_has_had_its_slice(void)
{
    host_time_advance(HOST_COUNTER_HZ / 100);
}

/* A guest whose vCPUs all run, each on a CPU of its own. */
static inline struct vm *running(const char *name, uint32_t vcpus)
{
    struct vm *vm = board_guest(name, vcpus, 4 * MIB);

    who_is_there_has_had_its_slice();
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    for (uint32_t i = 1; i < vcpus; i++) {
        assert_int_equal(CALL(vm->vcpu[0], CPU_ON, i, BOARD_RAM, i), 0);
        board_settle();
    }
    for (uint32_t i = 0; i < vcpus; i++) assert_int_equal(vm->vcpu[i]->state, VCPU_RUNNING);
    return vm;
}

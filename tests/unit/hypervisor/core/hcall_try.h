/* SPDX-License-Identifier: Apache-2.0 */
/* A management VM and two guests that run, and what none of them may change unseen. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "abi/hcall.h"
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/log.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define ID(name)   (SHYPER_HCALL_BASE | SHYPER_HCALL_##name)
#define BUFFER     (BOARD_MVM_RAM + MIB)

static struct board_count before;
static struct vm *mvm, *guest, *other;
static struct vcpu *m, *g;

static inline int board(void **state)
{
    board_init(3, 3);
    return 0;
}

static inline int start(void **state)
{
    before = board_count();
    mvm = board_mvm(1);
    guest = board_guest("guest", 1, 4 * MIB);
    other = board_guest("other", 1, 4 * MIB);
    if (vm_boot(guest) != 0 || vm_boot(other) != 0 || vm_boot(mvm) != 0) return -1;
    board_settle();
    m = mvm->vcpu[0];
    g = guest->vcpu[0];
    return m->state != VCPU_RUNNING || g->state != VCPU_RUNNING;
}

static inline int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

/* What another VM's call must not change. */
struct sight {
    struct board_count count;
    enum shyper_vm_state guest, other, mvm;
    uint32_t opens;
    uint64_t trace_mask;
    uint32_t log_level;
};

static inline struct sight look(void)
{
    struct sight s;

    memset(&s, 0, sizeof(s));
    s.count = board_count();
    s.guest = guest->state;
    s.other = other->state;
    s.mvm = mvm->state;
    s.opens = guest->mem.opens + other->mem.opens;
    s.trace_mask = cpus[0].trace_mask;
    s.log_level = log_level();
    return s;
}

static inline void assert_untouched(const struct sight *was)
{
    struct sight now = look();

    assert_memory_equal(&now, was, sizeof(now));
}

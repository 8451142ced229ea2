/* SPDX-License-Identifier: Apache-2.0 */
/* Guest RAM on a board whose guest pool is in pieces:
 *
 *     8000000 GICD   80a0000 GICR   9000000 UART   9010000 another device   9050000 SMMU
 *     20080000 64 KiB of RAM among devices   40000000 EL2   40400000 MVM   80000000 nobody's RAM
 *     88000000..88400000, 88600000..88c00000, 90000000..a0000000 pool */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define PIECE (256 * KIB)
#define RAM   UINT64_C(0x40000000)      /* where the guests have it */

struct cpu cpus[CPU_MAX];
struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;
static uint32_t pages_at_start;

static inline int board(void **state)
{
    struct ranges pool = {
        3, { { 0x88000000, 0x88400000 }, { 0x88600000, 0x88c00000 }, { 0x90000000, 0xa0000000 } }
    };

    host_memory_init(4 * GIB);
    platform =
        (struct platform){ .gicd = { 0x8000000, 0x10000 }, .gicr = { { 0x80a0000, 0x20000 } } };
    platform.uart.mmio = (struct mmio_range){ 0x9000000, 0x1000 };
    platform.hidden[platform.hidden_count++] = (struct mmio_range){ 0x9050000, 0x20000 };
    platform.ram_all =
        (struct ranges){ 2, { { 0x20080000, 0x20090000 }, { 0x40000000, 0xc0000000 } } };
    platform.ram = platform.ram_all;
    return guest_pool_init(&pool);
}

static inline int start(void **state)
{
    pages_at_start = fake_page_live();
    return guest_pool_free() != guest_pool_bytes();
}

static inline int add(struct vm *vm, uint64_t ipa, uint64_t bytes)
{
    int err;

    while ((err = guest_mem_add_some(vm, ipa, bytes)) == -EAGAIN) continue;
    return err;
}

static inline void free_all(struct vm *vm)
{
    while (!guest_mem_free_some(vm)) continue;
}

static inline struct vm *vm_new(uint32_t id)
{
    struct vm *vm = calloc(1, sizeof(*vm));

    vm->id = id;
    vm->is_mvm = id == SHYPER_MVM_ID;
    assert_int_equal(s2_init(&vm->s2, id, 40), 0);
    if (vm->is_mvm)
        vm->mem.run[vm->mem.run_count++] =
            (struct mem_run){ 0x40400000, 0x40400000, 0x3fc00000, .ready = true };
    vms[id] = vm;
    return vm;
}

static inline struct vm *vm_with(uint32_t id, uint64_t bytes)
{
    struct vm *vm = vm_new(id);

    assert_int_equal(add(vm, RAM, bytes), 0);
    return vm;
}

static inline int all_back(void **state)
{
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        if (vms[id] == NULL) continue;
        while (!s2_destroy_some(&vms[id]->s2)) continue;
        free_all(vms[id]);
        free(vms[id]);
        vms[id] = NULL;
    }
    return guest_pool_free() != guest_pool_bytes() || fake_page_live() != pages_at_start;
}

static inline bool is_mapped(struct vm *vm, uint64_t at)
{
    uint64_t leaf;
    enum s2_attr attr;
    pa_t to;

    return s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf) == 0;
}

static inline uint64_t leaf_of(struct vm *vm, uint64_t at, uint64_t to_be)
{
    uint64_t leaf = 0;
    enum s2_attr attr;
    pa_t to;

    assert_int_equal(s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf), 0);
    assert_int_equal(to.v, to_be);
    return leaf;
}

/* As a core does: the access comes back until the page is there. Returns how many attempts it took.
 */
static inline uint32_t touch(struct vm *vm, uint64_t at)
{
    uint32_t n = 0;

    while (!is_mapped(vm, at)) {
        uint64_t zeroed = host_zeroed_bytes;

        assert_int_equal(guest_mem_fault(vm, IPA(at)), 0);
        assert_true(host_zeroed_bytes - zeroed <= PIECE);
        assert_true(++n < 20);
    }
    return n;
}

static inline uint64_t pa_of(const struct vm *vm, uint64_t ipa)
{
    for (uint32_t i = 0; i < vm->mem.run_count; i++) {
        const struct mem_run *r = &vm->mem.run[i];

        if (ipa >= r->ipa && ipa < r->ipa + r->bytes) return r->pa + (ipa - r->ipa);
    }
    fail_msg("%lx is not RAM of the VM", ipa);
    return 0;
}

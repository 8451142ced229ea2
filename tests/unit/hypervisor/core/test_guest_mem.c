/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/guest_mem.c hypervisor/core/stage2.c tests/unit/hypervisor/fake/fake_page.c
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c hypervisor/core/platform_reader.c
// sources: hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c lib/ranges.c libfdt
// sources: arch/host/cpu.c arch/host/memory.c arch/host/tables.c
/* Guest RAM on a board whose guest pool is in pieces:
 *
 *     8000000 GICD   80a0000 GICR   9000000 UART   9010000 another device   9050000 SMMU   20080000 64 KiB of RAM among devices
 *     40000000 EL2   40400000 MVM   80000000 nobody's RAM   88000000..88400000, 88600000..88c00000, 90000000..a0000000 pool */
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

static int board(void **state)
{
    struct ranges pool = { 3, { { 0x88000000, 0x88400000 }, { 0x88600000, 0x88c00000 }, { 0x90000000, 0xa0000000 } } };

    host_memory_init(4 * GIB);
    platform = (struct platform){ .gicd = { 0x8000000, 0x10000 }, .gicr = { { 0x80a0000, 0x20000 } } };
    platform.uart.mmio = (struct mmio_range){ 0x9000000, 0x1000 };
    platform.hidden[platform.hidden_count++] = (struct mmio_range){ 0x9050000, 0x20000 };
    platform.ram_all = (struct ranges){ 2, { { 0x20080000, 0x20090000 }, { 0x40000000, 0xc0000000 } } };
    platform.ram = platform.ram_all;
    return guest_pool_init(&pool);
}

static int start(void **state)
{
    pages_at_start = fake_page_live();
    return guest_pool_free() != guest_pool_bytes();
}

static int add(struct vm *vm, uint64_t ipa, uint64_t bytes)
{
    int err;

    while ((err = guest_mem_add_some(vm, ipa, bytes)) == -EAGAIN) continue;
    return err;
}

static void free_all(struct vm *vm)
{
    while (!guest_mem_free_some(vm)) continue;
}

static struct vm *vm_new(uint32_t id)
{
    struct vm *vm = calloc(1, sizeof(*vm));

    vm->id = id;
    vm->is_mvm = id == SHYPER_MVM_ID;
    assert_int_equal(s2_init(&vm->s2, id, 40), 0);
    if (vm->is_mvm) vm->mem.run[vm->mem.run_count++] = (struct mem_run){ 0x40400000, 0x40400000, 0x3fc00000, .ready = true };
    vms[id] = vm;
    return vm;
}

static struct vm *vm_with(uint32_t id, uint64_t bytes)
{
    struct vm *vm = vm_new(id);

    assert_int_equal(add(vm, RAM, bytes), 0);
    return vm;
}

static int all_back(void **state)
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

static bool is_mapped(struct vm *vm, uint64_t at)
{
    uint64_t leaf;
    enum s2_attr attr;
    pa_t to;

    return s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf) == 0;
}

static uint64_t leaf_of(struct vm *vm, uint64_t at, uint64_t to_be)
{
    uint64_t leaf = 0;
    enum s2_attr attr;
    pa_t to;

    assert_int_equal(s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf), 0);
    assert_int_equal(to.v, to_be);
    return leaf;
}

/* As a core does: the access comes back until the page is there. Returns how many attempts it took. */
static uint32_t touch(struct vm *vm, uint64_t at)
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

static uint64_t pa_of(const struct vm *vm, uint64_t ipa)
{
    for (uint32_t i = 0; i < vm->mem.run_count; i++) {
        const struct mem_run *r = &vm->mem.run[i];

        if (ipa >= r->ipa && ipa < r->ipa + r->bytes) return r->pa + (ipa - r->ipa);
    }
    fail_msg("%lx is not RAM of the VM", ipa);
    return 0;
}

static void memory_is_taken_from_all_pieces_of_the_pool(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);

    assert_int_equal(vm->mem.run_count, 3);
    assert_int_equal(vm->mem.run[0].ipa, RAM);
    assert_int_equal(vm->mem.run[0].pa, 0x88000000);
    assert_int_equal(vm->mem.run[0].bytes, 4 * MIB);
    assert_int_equal(vm->mem.run[1].ipa, RAM + 4 * MIB);
    assert_int_equal(vm->mem.run[1].pa, 0x88600000);
    assert_int_equal(vm->mem.run[1].bytes, 6 * MIB);
    assert_int_equal(vm->mem.run[2].ipa, RAM + 10 * MIB);
    assert_int_equal(vm->mem.run[2].pa, 0x90000000);
    assert_int_equal(vm->mem.run[2].bytes, 4 * MIB);
    assert_int_equal(vm->mem.bytes, 14 * MIB);
    assert_int_equal(guest_pool_bytes() - guest_pool_free(), 14 * MIB);
}

static void no_byte_of_memory_belongs_to_two(void **state)
{
    struct vm *vm[4];

    for (uint32_t i = 0; i < 4; i++) vm[i] = vm_with(i + 1, 3 * MIB + 4 * KIB * i);
    assert_int_equal(guest_pool_bytes() - guest_pool_free(), 4 * 4 * MIB);      /* by whole chunks */
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t k = 0; k < i; k++) {
            for (uint64_t at = RAM; at < RAM + 3 * MIB; at += 2 * MIB)
                assert_true(pa_of(vm[i], at) / BLOCK_SIZE != pa_of(vm[k], RAM) / BLOCK_SIZE &&
                            pa_of(vm[i], at) / BLOCK_SIZE != pa_of(vm[k], RAM + 2 * MIB) / BLOCK_SIZE);
        }
    }
}

static void too_much_is_refused_and_changes_nothing(void **state)
{
    static const uint64_t too_much[] = { 267 * MIB, GIB, UINT64_C(1) << 52, UINT64_MAX - 4095, UINT64_MAX - 2 * MIB + 1 };
    struct vm *vm = vm_with(1, 4 * KIB);

    for (size_t i = 0; i < ARRAY_LEN(too_much); i++) {
        assert_int_equal(add(vm, 2 * RAM, too_much[i]), -ENOMEM);
        assert_int_equal(vm->mem.run_count, 1);
        assert_int_equal(vm->mem.bytes, 4 * KIB);
        assert_int_equal(guest_pool_bytes() - guest_pool_free(), 2 * MIB);
    }
    assert_int_equal(add(vm, 2 * RAM, guest_pool_free()), 0);
    assert_int_equal(guest_pool_free(), 0);
}

/* Every second chunk is taken: a VM that needs more than sixteen pieces is refused. */
static void too_many_pieces_are_refused_and_given_back(void **state)
{
    struct vm *odd = vm_new(1), *even = vm_new(2), *big;

    assert_int_equal(add(vm_new(4), RAM, 10 * MIB), 0);       /* the small pieces of the pool */
    for (uint32_t i = 0; i < MEM_RUN_MAX; i++) {
        assert_int_equal(add(odd, RAM + i * 2 * MIB, 2 * MIB), 0);
        assert_int_equal(add(even, RAM + i * 2 * MIB, 2 * MIB), 0);
    }
    assert_int_equal(add(odd, 2 * RAM, 2 * MIB), -E2BIG);
    free_all(odd);
    big = vm_new(3);
    assert_int_equal(add(big, 2 * RAM, 2 * MIB), 0);
    assert_int_equal(add(big, RAM, 34 * MIB), -E2BIG);
    assert_int_equal(big->mem.run_count, MEM_RUN_MAX);
    free_all(big);
    assert_int_equal(big->mem.run_count, 0);
    assert_int_equal(add(big, 2 * RAM, 2 * MIB), 0);
    assert_int_equal(add(big, RAM, 30 * MIB), 0);
    assert_int_equal(big->mem.run_count, MEM_RUN_MAX);
}

/* regression: 10 */
static void what_is_written_is_read_across_pieces(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    uint8_t *in = malloc(9 * MIB), *out = malloc(9 * MIB);

    for (uint32_t i = 0; i < 9 * MIB; i++) in[i] = (uint8_t)(i * 7 + i / 4096);
    assert_int_equal(guest_write(vm, IPA(RAM + 2 * MIB + 5), in, 9 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB + 5), out, 9 * MIB), 0);
    assert_memory_equal(in, out, 9 * MIB);
    for (uint64_t i = 0; i < 9 * MIB; i += 3001)
        assert_int_equal(*(uint8_t *)host_ram(PA(pa_of(vm, RAM + 2 * MIB + 5 + i))), in[i]);
    assert_int_equal(guest_load(vm, IPA(RAM + 4 * MIB - 3), "abcdef", 6), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 4 * MIB - 4), out, 8), 0);
    assert_memory_equal(out + 1, "abcdef", 6);
    free(in);
    free(out);
}

static void loading_cleans_exactly_what_it_wrote(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    uint64_t before = host_cleaned_bytes;
    uint8_t text[5000] = { 1 };

    assert_int_equal(guest_write(vm, IPA(RAM), text, sizeof(text)), 0);
    assert_int_equal(host_cleaned_bytes, before);
    assert_int_equal(guest_load(vm, IPA(RAM + 4 * MIB - 100), text, sizeof(text)), 0);
    assert_int_equal(host_cleaned_bytes, before + sizeof(text));
}

/* regression: 5 */
static void outside_means_refused_and_nothing_copied(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    static const struct { uint64_t at, len; } bad[] = {
        { RAM - 1, 2 }, { RAM - 1, 1 }, { RAM + 14 * MIB - 1, 2 }, { RAM + 14 * MIB, 1 }, { 0, 1 }, { UINT64_MAX, 1 },
        { RAM, UINT64_MAX }, { UINT64_MAX - 3, 8 }, { RAM, 14 * MIB + 1 }, { RAM + 4 * MIB - 1, UINT64_MAX - RAM },
        { 0x88000000, 8 }, { RAM + 5, UINT64_MAX - RAM - 4 },
    };
    uint64_t zeroed = host_zeroed_bytes;
    uint8_t buffer[4] = { 1, 2, 3, 4 };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(guest_read(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
        assert_int_equal(guest_write(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
        assert_int_equal(guest_load(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
    }
    assert_memory_equal(buffer, "\1\2\3\4", 4);
    assert_int_equal(host_zeroed_bytes, zeroed);
    assert_int_equal(guest_read(vm, IPA(RAM + 14 * MIB - 4), buffer, 4), 0);
    assert_memory_equal(buffer, "\0\0\0\0", 4);
    assert_int_equal(guest_read(vm, IPA(0), buffer, 0), 0);
}

static void regions_with_a_gap_are_not_one(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);
    uint8_t buffer[8];

    assert_int_equal(add(vm, RAM + 4 * MIB, 2 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 4), buffer, 8), -EFAULT);
    assert_int_equal(add(vm, RAM + 2 * MIB, 2 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 4), buffer, 8), 0);
}

static void a_secret_is_gone_before_the_next_vm_sees_the_chunk(void **state)
{
    for (int way = 0; way < 3; way++) {
        struct vm *vm = vm_with(1, 4 * MIB);
        uint64_t pa = pa_of(vm, RAM);
        uint8_t byte = 1, *page = malloc(4 * MIB);

        memset(page, 0x5e, 4 * MIB);
        assert_int_equal(guest_write(vm, IPA(RAM), page, 4 * MIB), 0);
        touch(vm, RAM);
        assert_int_equal(*(uint8_t *)host_ram(PA(pa + MIB)), 0x5e);
        while (!s2_destroy_some(&vm->s2)) continue;
        free_all(vm);
        free(vm);
        vms[1] = NULL;

        vm = vm_with(2, 4 * MIB);
        assert_int_equal(pa_of(vm, RAM), pa);
        if (way == 0) touch(vm, RAM + MIB);
        if (way == 1) assert_int_equal(guest_write(vm, IPA(RAM), &byte, 1), 0);
        if (way == 2) assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 1), &byte, 1), 0);
        memcpy(page, host_ram(PA(pa)), 2 * MIB);
        for (uint64_t i = 1; i < 2 * MIB; i++) assert_int_equal(page[i], 0);
        assert_int_equal(page[0], way == 1);
        assert_int_equal(*(uint8_t *)host_ram(PA(pa + 2 * MIB)), 0x5e);      /* not touched: not cleaned, not visible */
        assert_false(is_mapped(vm, RAM + 2 * MIB));
        free(page);
        all_back(NULL);
    }
}

static void one_fault_cleans_64_pages_at_most(void **state)
{
    struct vm *vm = vm_with(1, 4 * MIB);
    uint64_t before = host_zeroed_bytes;

    assert_int_equal(touch(vm, RAM + 123), 8);
    assert_int_equal(host_zeroed_bytes - before, 2 * MIB);
    assert_int_equal(vm->mem.touched_bytes, 2 * MIB);
    assert_int_equal(leaf_of(vm, RAM + 123, pa_of(vm, RAM + 123)), 2 * MIB);
    assert_int_equal(touch(vm, RAM + 2 * MIB - 1), 0);
    assert_int_equal(touch(vm, RAM + 2 * MIB), 8);
    assert_int_equal(vm->mem.touched_bytes, 4 * MIB);
}

static void two_cores_may_fault_on_the_same_chunk(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);
    uint64_t before = host_zeroed_bytes;

    for (uint32_t i = 0; i < 9; i++) {
        host_cpu_set(i % 2);
        assert_int_equal(guest_mem_fault(vm, IPA(RAM + i * PIECE / 2)), 0);
    }
    host_cpu_set(0);
    assert_int_equal(host_zeroed_bytes - before, 2 * MIB);
    assert_true(is_mapped(vm, RAM));
}

static void a_vm_gets_its_ram_and_not_a_byte_more(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB + 12 * KIB);

    touch(vm, RAM + 2 * MIB);
    assert_true(is_mapped(vm, RAM + 2 * MIB + 8 * KIB));
    assert_false(is_mapped(vm, RAM + 2 * MIB + 12 * KIB));
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 2 * MIB + 12 * KIB)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM - 1)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(0x9000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(0x88000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(UINT64_MAX)), -EFAULT);
}

/* Whatever a guest touches becomes writable RAM or stays absent: there is no page whose writes could
 * fault again and again. */
/* regression: 14 */
static void no_page_of_a_guest_is_read_only(void **state)
{
    struct vm *vm = vm_with(1, 6 * MIB);

    for (uint64_t at = RAM; at < RAM + 6 * MIB; at += 64 * KIB) {
        enum s2_attr attr;
        uint64_t leaf;
        pa_t to;

        touch(vm, at);
        assert_int_equal(s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf), 0);
        assert_int_equal(attr, S2_RAM);
    }
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 6 * MIB)), -EFAULT);
}

static void ram_at_an_odd_place_is_mapped_by_pages(void **state)
{
    struct vm *vm = vm_new(1);

    assert_int_equal(add(vm, RAM + 12 * KIB, 6 * MIB), 0);
    touch(vm, RAM + 2 * MIB);
    assert_int_equal(leaf_of(vm, RAM + 2 * MIB, pa_of(vm, RAM + 2 * MIB)), PAGE_SIZE);
    assert_true(is_mapped(vm, RAM + 2 * MIB + 8 * KIB));        /* the end of a chunk of the pool, which is clean */
    assert_false(is_mapped(vm, RAM + 2 * MIB + 12 * KIB));      /* the next chunk is not */
    touch(vm, RAM + 12 * KIB);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 11 * KIB)), -EFAULT);
    for (uint64_t at = RAM + 12 * KIB; at < RAM + 12 * KIB + 6 * MIB; at += 4 * KIB) {
        touch(vm, at);
        leaf_of(vm, at, pa_of(vm, at));
    }
}

/* regression: 54 */
static void no_memory_for_tables_is_reported(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);

    for (uint32_t i = 0; i < 7; i++) assert_int_equal(guest_mem_fault(vm, IPA(RAM)), 0);
    fake_page_fail(1);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM)), -ENOMEM);
    fake_page_fail(0);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM)), 0);
    assert_true(is_mapped(vm, RAM));
}

static void the_mvm_has_its_ram_without_cleaning(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);
    uint64_t before = host_zeroed_bytes;

    assert_int_equal(touch(mvm, 0x40400000), 1);
    assert_int_equal(leaf_of(mvm, 0x40400000, 0x40400000), 2 * MIB);
    assert_int_equal(host_zeroed_bytes, before);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x40000000)), -EFAULT);       /* EL2 */
    assert_int_equal(guest_mem_fault(mvm, IPA(0x403fffff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x80000000)), -EFAULT);       /* nobody's */
    assert_int_equal(guest_mem_fault(mvm, IPA(0x90000000)), -EFAULT);       /* a free chunk */
}

/* regression: 52 */
static void the_mvm_sees_devices_but_not_those_of_el2(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);

    assert_int_equal(guest_mem_fault(mvm, IPA(0x8000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x800ffff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x80a0000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x9000fff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x9050000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x906fffc)), -EFAULT);
    assert_int_equal(touch(mvm, 0x9010004), 1);
    assert_int_equal(leaf_of(mvm, 0x9010000, 0x9010000), PAGE_SIZE);
    assert_int_equal(touch(mvm, 0xa000000), 1);
    assert_int_equal(leaf_of(mvm, 0xa000000, 0xa000000), 2 * MIB);
    assert_int_equal(guest_mem_fault(mvm, IPA(UINT64_C(1) << 40)), -ERANGE);
    for (uint64_t at = 0x8000000; at < 0x8010000; at += PAGE_SIZE) assert_false(is_mapped(mvm, at));
    assert_false(is_mapped(mvm, 0x9000000));
}

static void ram_among_devices_does_not_come_with_them(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);

    assert_int_equal(touch(mvm, 0x20000000), 1);
    assert_int_equal(leaf_of(mvm, 0x20000000, 0x20000000), PAGE_SIZE);
    assert_false(is_mapped(mvm, 0x20080000));
    assert_int_equal(guest_mem_fault(mvm, IPA(0x20080000)), -EFAULT);
}

/* regression: 52 */
static void guest_memory_is_the_mvms_while_open_only(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 4 * MIB);
    uint64_t pa = pa_of(vm, RAM);

    assert_int_equal(guest_mem_fault(mvm, IPA(pa)), -EFAULT);
    guest_mem_open(vm);
    *(uint8_t *)host_ram(PA(pa + 77)) = 0x5e;
    assert_int_equal(touch(mvm, pa), 8);
    assert_int_equal(*(uint8_t *)host_ram(PA(pa + 77)), 0);                 /* the MVM sees no stale bytes either */
    assert_int_equal(leaf_of(mvm, pa, pa), 2 * MIB);
    assert_int_equal(guest_mem_close_some(vm, mvm), -EAGAIN);
    assert_int_equal(guest_mem_close_some(vm, mvm), 0);
    assert_false(is_mapped(mvm, pa));
}

static void closing_is_done_in_pieces_and_leaves_nothing_mapped(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 250 * MIB);
    uint32_t calls = 0;
    int err;

    guest_mem_open(vm);
    for (uint64_t at = RAM; at < RAM + 250 * MIB; at += 16 * MIB) touch(mvm, pa_of(vm, at));
    do {
        uint32_t flushes = host_flushes;

        err = guest_mem_close_some(vm, mvm);
        assert_true(host_flushes - flushes <= 1);
        calls++;
        for (uint64_t at = RAM; err == -EAGAIN && at < RAM + 250 * MIB; at += 2 * MIB) {
            uint64_t pa = pa_of(vm, at);

            if (!is_mapped(mvm, pa)) assert_int_equal(guest_mem_fault(mvm, IPA(pa)), -EFAULT);   /* no way back */
        }
    } while (err == -EAGAIN);
    assert_int_equal(err, 0);
    assert_in_range(calls, 4, 8);
    for (uint64_t at = RAM; at < RAM + 250 * MIB; at += 2 * MIB) assert_false(is_mapped(mvm, pa_of(vm, at)));
}

static void opening_again_while_closing_starts_over(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 14 * MIB);

    guest_mem_open(vm);
    touch(mvm, pa_of(vm, RAM));
    assert_int_equal(guest_mem_close_some(vm, mvm), -EAGAIN);
    guest_mem_open(vm);
    touch(mvm, pa_of(vm, RAM));
    touch(mvm, pa_of(vm, RAM + 12 * MIB));
    assert_int_equal(vm->mem.opens, 2);
    while (guest_mem_close_some(vm, mvm) == -EAGAIN) continue;
    for (uint64_t at = RAM; at < RAM + 14 * MIB; at += 2 * MIB) assert_false(is_mapped(mvm, pa_of(vm, at)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(memory_is_taken_from_all_pieces_of_the_pool), TEST(no_byte_of_memory_belongs_to_two),
        TEST(too_much_is_refused_and_changes_nothing), TEST(too_many_pieces_are_refused_and_given_back),
        TEST(what_is_written_is_read_across_pieces), TEST(loading_cleans_exactly_what_it_wrote),
        TEST(outside_means_refused_and_nothing_copied), TEST(regions_with_a_gap_are_not_one),
        TEST(a_secret_is_gone_before_the_next_vm_sees_the_chunk), TEST(one_fault_cleans_64_pages_at_most),
        TEST(two_cores_may_fault_on_the_same_chunk), TEST(a_vm_gets_its_ram_and_not_a_byte_more),
        TEST(no_page_of_a_guest_is_read_only), TEST(ram_at_an_odd_place_is_mapped_by_pages), TEST(no_memory_for_tables_is_reported),
        TEST(the_mvm_has_its_ram_without_cleaning), TEST(the_mvm_sees_devices_but_not_those_of_el2),
        TEST(ram_among_devices_does_not_come_with_them), TEST(guest_memory_is_the_mvms_while_open_only),
        TEST(closing_is_done_in_pieces_and_leaves_nothing_mapped), TEST(opening_again_while_closing_starts_over),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* Saving, destroying and restoring the virtual GIC: the guest cannot tell, and a bad stream changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "abi/state.h"

#define VCPUS 2u
#define ROOM  8192u

static uint8_t first[ROOM], second[ROOM];

static void all_off(struct vm *vm)
{
    for (uint32_t i = 0; i < VCPUS; i++) {
        fake_on_core(i, NULL);
        vgic_save(vm->vcpu[i]);
    }
}

static void all_on(struct vm *vm)
{
    for (uint32_t i = 0; i < VCPUS; i++) {
        fake_on_core(i, vm->vcpu[i]);
        vgic_load(vm->vcpu[i]);
    }
    fake_settle(vm);
}

static size_t saved(struct vm *vm, uint8_t *to, size_t room)
{
    struct state_writer w = { .at = to, .size = room };

    memset(to, 0, room);
    for (uint32_t i = 0; i < vm->device_count; i++) {
        assert_int_equal(vm->device[i].model->save(&vm->device[i], &w), 0);
    }
    return w.used;
}

static int restored(struct vm *vm, const uint8_t *from, size_t bytes)
{
    struct state_reader r = { .at = from, .size = bytes };
    int rc = 0;

    for (uint32_t i = 0; i < vm->device_count && rc == 0; i++) {
        rc = vm->device[i].model->restore(&vm->device[i], &r);
    }
    if (rc == 0) assert_int_equal(r.used, bytes);
    return rc;
}

/* Something of everything: enabled, pending, active on either vCPU, edges, SGIs, routes, priorities, redistributors. */
static void make_busy(struct vm *vm)
{
    uint8_t source;

    fake_write(vm->vcpu[0], 0x104, 4, 0x00ffffff);
    fake_write(vm->vcpu[1], 0x100, 4, 0x0fff0000);
    fake_write(vm->vcpu[0], 0xc08, 4, 0xaaaa0000);
    for (uint32_t i = 32; i < 56; i++) {
        fake_write(vm->vcpu[0], 0x400 + i, 1, i * 4);
        if (gic->version == 2) fake_write(vm->vcpu[0], 0x800 + i, 1, 1 + i % 2);
        else fake_write(vm->vcpu[0], 0x6000 + 8 * i, 8, i % 2);
    }
    fake_on_core(0, vm->vcpu[0]);
    for (uint32_t i = 32; i < 52; i++) vgic_set_spi(vm, i, true);
    vgic_set_ppi(vm->vcpu[1], 20, true);
    if (gic->version == 2) {
        fake_write(vm->vcpu[1], 0xf00, 4, 3u << 16 | 9);
        fake_write(vm->vcpu[0], 0xf00, 4, 3u << 16 | 9);
    } else {
        struct mmio_access a = { .offset = 0x20014, .size = 4, .write = true };
        assert_true(vm->device[1].model->mmio(&vm->device[1], vm->vcpu[0], &a));
        vgic_sgi(vm->vcpu[0], UINT64_C(9) << 24 | 3, true);
    }
    fake_settle(vm);
    assert_int_not_equal(fake_ack(0, &source), FAKE_NONE);
    assert_int_not_equal(fake_ack(1, &source), FAKE_NONE);
    fake_settle(vm);
}

/* Everything the guest gets from now on, in order. */
static uint32_t drained(struct vm *vm, uint32_t *got)
{
    uint32_t n = 0;
    uint8_t source = 0;

    for (uint32_t v = 0; v < VCPUS; v++) {
        fake_core[v].apr = 0;
        for (uint32_t intid; n < 200 && (intid = fake_ack(v, &source)) != FAKE_NONE; n++) {
            got[n] = intid | v << 16 | (uint32_t)source << 24;
            fake_on_core(0, vm->vcpu[0]);
            if (intid >= 32) vgic_set_spi(vm, intid, false);
            else if (intid >= 16) vgic_set_ppi(vm->vcpu[v], intid, false);
            fake_eoi(v, intid, source);
            fake_settle(vm);
        }
    }
    return n;
}

static void a_restored_gic_is_the_saved_one(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        uint32_t expect[200], got[200], count;
        struct vm *vm;
        size_t bytes;

        fake_gic_reset(version, 4);
        vm = fake_vm_new(VCPUS, false);
        make_busy(vm);
        all_off(vm);
        bytes = saved(vm, first, ROOM);
        all_on(vm);
        count = drained(vm, expect);
        assert_true(count > 15);
        fake_vm_free(vm);

        fake_gic_reset(version, 4);
        vm = fake_vm_new(VCPUS, false);
        all_off(vm);
        assert_int_equal(restored(vm, first, bytes), 0);
        assert_int_equal(saved(vm, second, ROOM), bytes);
        assert_memory_equal(first, second, bytes);
        all_on(vm);
        all_off(vm);                            /* having been on a core changes nothing either */
        assert_int_equal(saved(vm, second, ROOM), bytes);
        assert_memory_equal(first, second, bytes);
        all_on(vm);
        assert_int_equal(drained(vm, got), count);
        assert_memory_equal(got, expect, count * sizeof(got[0]));
        fake_vm_free(vm);
        assert_int_equal(fake_page_live(), 0);
    }
}

static void a_cut_stream_changes_nothing(void **state)
{
    struct vm *vm;
    size_t bytes, fresh, first_device;

    fake_gic_reset(2, 4);                       /* one device with state */
    vm = fake_vm_new(VCPUS, false);
    make_busy(vm);
    all_off(vm);
    bytes = saved(vm, first, ROOM);
    fake_vm_free(vm);
    vm = fake_vm_new(VCPUS, false);
    all_off(vm);
    fresh = saved(vm, second, ROOM);
    first_device = bytes;
    for (size_t cut = 0; cut < first_device; cut += 8) {
        static uint8_t now[ROOM];

        assert_int_equal(restored(vm, first, cut), -EPROTO);
        assert_int_equal(saved(vm, now, ROOM), fresh);
        assert_memory_equal(now, second, fresh);
    }
    fake_vm_free(vm);
}

static void refuses(struct vm *vm, size_t bytes, size_t at, uint8_t value)
{
    uint8_t was = first[at];

    first[at] = value;
    assert_int_equal(restored(vm, first, bytes), -EPROTO);
    first[at] = was;
}

static void values_that_cannot_be_are_refused(void **state)
{
    size_t head = sizeof(struct state_header), cpu = head + sizeof(struct shyper_state_vgic) + head;
    size_t bank = cpu - head + VCPUS * (head + sizeof(struct shyper_state_vgic_cpu)) + head, bytes;
    struct vm *vm;

    fake_gic_reset(3, 4);
    vm = fake_vm_new(VCPUS, false);
    all_off(vm);
    bytes = saved(vm, first, ROOM);
    refuses(vm, bytes, 2, 2);                   /* record version */
    refuses(vm, bytes, head, 2);                /* GIC version */
    refuses(vm, bytes, head + 4, 64);           /* fewer interrupts */
    refuses(vm, bytes, head + 8, 4);            /* a third group */
    refuses(vm, bytes, head + 12, 3);           /* vCPUs */
    refuses(vm, bytes, cpu, 1);                 /* order of vCPUs */
    refuses(vm, bytes, cpu + 4, 1);             /* reserved */
    refuses(vm, bytes, bank, 1);                /* whose bank */
    refuses(vm, bytes, bank + 4, 32);
    refuses(vm, bytes, bank + 9, 0x07);         /* priority bits that do not exist */
    refuses(vm, bytes, bank + 10, 0x04);        /* a target that does not exist */
    refuses(vm, bytes, bank + 11, 0x04);        /* a source that does not exist */
    refuses(vm, bytes, bank + 12, 0x02);
    refuses(vm, bytes, bank + 13, 0x02);        /* active on whom */
    refuses(vm, bytes, bank + 14, 0x01);        /* priority bits that do not exist */
    refuses(vm, bytes, bank + 15, 0x01);        /* reserved */
    refuses(vm, bytes, bank + 8 + 16 * 16 + 3, 0x01);  /* sources of what is no SGI */
    refuses(vm, bytes, bytes - 16, 1);          /* redistributors: vCPUs */
    refuses(vm, bytes, bytes - 12, 1);          /* reserved */
    refuses(vm, bytes, bytes - 8, 1);           /* a waker bit that does not exist */
    assert_int_equal(restored(vm, first, bytes), 0);
    fake_vm_free(vm);
}

static void a_buffer_that_is_too_small_is_an_error(void **state)
{
    struct vm *vm;
    size_t bytes;

    fake_gic_reset(3, 4);
    vm = fake_vm_new(VCPUS, false);
    all_off(vm);
    bytes = saved(vm, first, ROOM);
    for (size_t room = 0; room < bytes - 24; room += 40) {
        struct state_writer w = { .at = second, .size = room };

        assert_int_equal(vm->device[0].model->save(&vm->device[0], &w), -ENOSPC);
    }
    fake_vm_free(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_gic_is_the_saved_one),
        cmocka_unit_test(a_cut_stream_changes_nothing),
        cmocka_unit_test(values_that_cannot_be_are_refused),
        cmocka_unit_test(a_buffer_that_is_too_small_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

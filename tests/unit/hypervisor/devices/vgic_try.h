/* SPDX-License-Identifier: Apache-2.0 */
/* A VM on the fake interrupt controller, and what its programs and devices do to it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define ISPENDR   0x200u
#define ICPENDR   0x280u
#define ISACTIVER 0x300u
#define ICACTIVER 0x380u
#define PRIORITY  0x400u
#define TARGETS   0x800u
#define CONFIG    0xc00u
#define SGIR      0xf00u
#define ROUTE     0x6000u
#define SPI       40u

static struct vm *vm;

static inline void start(uint32_t version, uint32_t vcpus)
{
    fake_gic_reset(version, 4);
    vm = fake_vm_new(vcpus, false);
    assert_non_null(vm);
}

static inline void stop(void)
{
    fake_vm_free(vm);
    assert_int_equal(fake_page_live(), 0);
}

static inline void on(uint32_t v, uint32_t bank, uint32_t intid)
{
    fake_write(vm->vcpu[v], bank + intid / 32 * 4, 4, BIT64(intid % 32));
    fake_settle(vm);
}

static inline bool is_on(uint32_t v, uint32_t bank, uint32_t intid)
{
    return fake_read(vm->vcpu[v], bank + intid / 32 * 4, 4) >> (intid % 32) & 1;
}

static inline uint32_t ack(uint32_t v)
{
    uint8_t source;

    fake_settle(vm);
    return fake_ack(v, &source);
}

static inline void eoi(uint32_t v, uint32_t intid)
{
    fake_eoi(v, intid, 0);
    fake_settle(vm);
}

static inline void line(uint32_t intid, bool level)
{
    fake_on_core(0, vm->vcpu[0]);
    vgic_set_spi(vm, intid, level);
    fake_settle(vm);
}

static inline void all_edges(void)
{
    fake_write(vm->vcpu[0], CONFIG + 8, 4, 0xaaaaaaaa);
    fake_write(vm->vcpu[0], CONFIG + 12, 4, 0xaaaaaaaa);
}

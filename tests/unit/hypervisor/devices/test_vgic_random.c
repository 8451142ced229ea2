/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* Long random streams of register writes, device lines, SGIs, physical interrupts, switches, acknowledgements and ends,
 * against a model of what the GIC architecture promises, written without looking at queues or list registers: at each
 * acknowledgement the guest gets the most urgent of what must be pending, nothing else, and nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define VCPUS 3u
#define IRQS  48u               /* 16 SGIs, 16 PPIs, 16 SPIs are played with */
#define STEPS 20000u

struct model_irq {
    bool enabled, latch, line, active, edge, group1;
    uint8_t priority, sources, active_source;
    uint32_t target, active_on;
    bool linked, taken;         /* physical: fires once, then waits for the end */
};

struct model {
    struct model_irq irq[VCPUS][IRQS];      /* SPIs: [0] only */
    uint32_t nested[VCPUS][32], source[VCPUS][32], run[VCPUS][32], depth[VCPUS];
    uint32_t delivered;
};

static struct model m;
static struct vm *vm;
static uint64_t seed;

static uint32_t dice(uint32_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 11) % sides;
}

static struct model_irq *mi(uint32_t vcpu, uint32_t intid)
{
    return &m.irq[intid < 32 ? vcpu : 0][intid];
}

static bool model_pending(const struct model_irq *i)
{
    if (i->linked) return i->taken;
    return i->latch || (i->line && !i->edge);
}

/* Linked lines fire by themselves. */
static void model_fire(void)
{
    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t n = 16; n < IRQS; n++) {
            struct model_irq *i = &m.irq[v][n];

            if (!i->linked || i->active || i->taken || (n >= 32 && (v > 0 || !i->enabled))) continue;
            if (!(i->latch || (i->line && !i->edge))) continue;
            if (n < 32 && !vm->vcpu[v]->vgic.loaded) continue;
            i->taken = true;
            i->latch = false;
        }
    }
}

static bool deliverable(uint32_t v, uint32_t n)
{
    const struct model_irq *i = mi(v, n);

    return i->enabled && !i->active && model_pending(i) && (n < 32 || i->target == v);
}

/* A timer's line that fell withdraws its interrupt as soon as the hypervisor looks; until then it may arrive. */
static bool must_arrive(uint32_t v, uint32_t n)
{
    const struct model_irq *i = mi(v, n);

    return deliverable(v, n) && !(i->linked && n < 32 && !i->line);
}

static void model_ack(uint32_t v, uint32_t got, uint8_t source)
{
    uint32_t best = 256, running = m.depth[v] == 0 ? 256 : m.run[v][m.depth[v] - 1];
    struct model_irq *i;

    for (uint32_t n = 0; n < IRQS; n++) {
        if (must_arrive(v, n)) best = MIN(best, mi(v, n)->priority);
    }
    if (got == FAKE_NONE) {
        assert_true(best >= running);
        return;
    }
    assert_true(got < IRQS && deliverable(v, got));
    i = mi(v, got);
    assert_true(i->priority < running);
    if (must_arrive(v, got)) assert_int_equal(i->priority, best);
    else assert_true(i->priority <= best);
    best = i->priority;
    i->active = true;
    i->active_on = v;
    i->taken = false;
    if (!i->linked) i->latch = false;
    if (got < 16 && gic->version == 2) {
        assert_true(i->sources >> source & 1);
        i->sources &= (uint8_t)~(1u << source);
        i->latch = i->sources != 0;
    }
    m.nested[v][m.depth[v]] = got;
    m.run[v][m.depth[v]] = best;
    m.source[v][m.depth[v]++] = source;
    m.delivered++;
}

static void guest_acks(uint32_t v)
{
    uint8_t source = 0;
    uint32_t got;

    if (m.depth[v] >= 30) return;
    got = fake_ack(v, &source);
    model_ack(v, got, source);
}

static void guest_ends(uint32_t v)
{
    uint32_t n;

    if (m.depth[v] == 0) return;
    n = m.nested[v][--m.depth[v]];
    mi(v, n)->active = false;
    fake_eoi(v, n, (uint8_t)m.source[v][m.depth[v]]);
}

static bool on_some_stack(uint32_t v, uint32_t n)
{
    for (uint32_t w = 0; w < VCPUS; w++) {
        for (uint32_t d = 0; d < m.depth[w]; d++) {
            if (m.nested[w][d] == n && (n >= 32 || w == v)) return true;
        }
    }
    return false;
}

static void write_bit(uint32_t v, uint32_t bank, uint32_t n)
{
    fake_write(vm->vcpu[v], bank + n / 32 * 4, 4, BIT64(n % 32));
}

static void random_register(uint32_t v)
{
    uint32_t n = dice(IRQS), p = dice(32) * 8, what = dice(11);
    struct model_irq *i;

    if (what >= 9 && m.depth[v] > 0) {          /* again while it is active */
        n = m.nested[v][dice(m.depth[v])];
        what = 3;
    }
    i = mi(v, n);
    switch (what) {
    case 0:
    case 1:
        write_bit(v, 0x100, n);
        i->enabled = true;
        break;
    case 2:
        write_bit(v, 0x180, n);
        i->enabled = false;
        break;
    case 3:
        write_bit(v, 0x200, n);
        if (n < 16 && gic->version == 2) break;
        if (i->linked && n < 32) break;
        i->latch = true;
        break;
    case 4:
        write_bit(v, 0x280, n);
        if (n < 16 && gic->version == 2) break;
        if (i->linked && n < 32) {
            i->taken = false;                   /* and fires again if its line is high */
            break;
        }
        i->latch = i->taken = false;
        break;
    case 5:
        fake_write(vm->vcpu[v], 0x400 + n, 1, p);
        i->priority = (uint8_t)p;
        break;
    case 6:
    case 7:
        if (on_some_stack(v, n)) break;         /* whose end that would be is then a matter of luck */
        if (what == 6 && dice(8) != 0) break;   /* few at a time: they do nothing but sit there */
        write_bit(v, what == 6 ? 0x300 : 0x380, n);
        i->active = what == 6;
        break;
    default:
        if (n < 32) break;
        i->target = dice(VCPUS);
        if (gic->version == 2) fake_write(vm->vcpu[v], 0x800 + n, 1, 1u << i->target);
        else fake_write(vm->vcpu[v], 0x6000 + 8 * n, 8, vm->vcpu[i->target]->mpidr);
    }
}

static void random_sgi(uint32_t v)
{
    uint32_t n = dice(16), to = dice(VCPUS);
    uint64_t mpidr = vm->vcpu[to]->mpidr;

    m.irq[to][n].latch = true;
    m.irq[to][n].sources |= (uint8_t)(1u << v);
    if (gic->version == 2) {
        fake_write(vm->vcpu[v], 0xf00, 4, 1u << (16 + to) | n);
    } else {
        fake_on_core(v, vm->vcpu[v]);
        vgic_sgi(vm->vcpu[v], (uint64_t)n << 24 | FIELD(mpidr, 15, 8) << 16 | BIT64(mpidr & 15), true);
    }
}

static void random_line(void)
{
    uint32_t v = dice(VCPUS), n = 16 + dice(IRQS - 16);
    struct model_irq *i = mi(v, n);
    bool level = dice(2) == 0;
    struct fake_line *l = n < 32 ? &fake_ppi[v][n] : &fake_spi[n];

    fake_on_core(dice(VCPUS), NULL);            /* devices are served on any core */
    cpus[v].vcpu = vm->vcpu[v];
    if (i->linked) {
        i->line = l->level = level;
        if (i->edge && level) i->latch = l->pending = true;
        return;
    }
    if (n < 32) vgic_set_ppi(vm->vcpu[v], n, level);
    else vgic_set_spi(vm, n, level);
    if (i->edge) i->latch = i->latch || level;
    else i->line = level;
}

static void random_switch(uint32_t v)
{
    fake_on_core(v, vm->vcpu[v]);
    if (vm->vcpu[v]->vgic.loaded) vgic_save(vm->vcpu[v]);
    else vgic_load(vm->vcpu[v]);
}

static void check_sleep(uint32_t v)
{
    uint32_t running = m.depth[v] == 0 ? 256 : m.run[v][m.depth[v] - 1];
    bool must = false;

    for (uint32_t n = 0; n < IRQS; n++) must = must || (must_arrive(v, n) && mi(v, n)->priority < MIN(running, 0xffu));
    fake_on_core(v, vm->vcpu[v]);
    if (must) assert_true(vgic_has_pending(vm->vcpu[v]));
}

static void configure(bool mvm)
{
    memset(&m, 0, sizeof(m));
    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t n = 0; n < IRQS; n++) {
            m.irq[v][n].edge = n < 16;
            m.irq[v][n].enabled = n < 16;
        }
        m.irq[v][27].linked = true;
        fake_ppi[v][27].enabled = true;
    }
    for (uint32_t n = 32; n < IRQS; n++) {
        m.irq[0][n].edge = n % 2 != 0;
        m.irq[0][n].linked = mvm;
    }
    fake_write(vm->vcpu[0], 0xc08, 4, 0x88888888u);         /* odd SPIs of 32..47 are edges */
}

static void play(uint32_t version, uint32_t lrs, bool mvm, uint64_t with)
{
    seed = with;
    fake_gic_reset(version, lrs);
    vm = fake_vm_new(VCPUS, mvm);
    assert_non_null(vm);
    configure(mvm);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t v = dice(VCPUS), what = dice(100);
        uint32_t acks = step / 200 % 2 == 0 ? 93 : 73;      /* in turn: pile up, run down */

        if (what < 25) random_register(v);
        else if (what < 35) random_sgi(v);
        else if (what < 60) random_line();
        else if (what < 63) random_switch(v);
        fake_settle(vm);
        model_fire();
        if (!vm->vcpu[v]->vgic.loaded) {
            check_sleep(v);
            continue;
        }
        check_sleep(v);
        if (what >= 63 && what < acks) guest_acks(v);
        else if (what >= acks) guest_ends(v);
        fake_settle(vm);
        model_fire();
    }
    assert_true(m.delivered > STEPS / 80);
    fake_vm_free(vm);
    assert_int_equal(fake_page_live(), 0);
}

/* regression: 33 */
static void guests_get_what_is_pending_most_urgent_first(void **state)
{
    for (uint32_t round = 0; round < 4; round++) {
        play(3, 2 + round, false, 0x1234567 + round);
        play(2, 2 + round, false, 0x7654321 + round);
    }
    play(3, 16, false, 99);
}

static void linked_interrupts_of_the_board_are_passed_on_once(void **state)
{
    for (uint32_t round = 0; round < 4; round++) {
        play(3, 2 + round, true, 0xabcdef + round);
        play(2, 2 + round, true, 0xfedcba + round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_get_what_is_pending_most_urgent_first),
        cmocka_unit_test(linked_interrupts_of_the_board_are_passed_on_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

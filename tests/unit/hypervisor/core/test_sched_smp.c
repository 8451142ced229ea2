/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Two cores as threads, a third that raises interrupts: guests sleep whenever nothing is pending, and each interrupt must be
 * taken before the next one for that guest is raised. This finds what chance finds: dead locks, and wake-ups lost for longer
 * than an instant; test_sched.c checks the order on which each of them depends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <pthread.h>
#include <sched.h>
#include <cmocka.h>

#include "hypervisor/core/sched.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CORES  2u
#define GUESTS 3u
#define ROUNDS 100000u
#define INTID  40u
#define HANG_S 30

static struct vm *vm[GUESTS];
static uint32_t taken[GUESTS], slept;
static bool stop;

static bool must_stop(void) { return __atomic_load_n(&stop, __ATOMIC_ACQUIRE); }

static void guest_turn(struct vcpu *v)
{
    uint32_t intid;

    if (!board_take(&intid)) {
        __atomic_fetch_add(&slept, 1, __ATOMIC_RELAXED);
        sched_wait(v);
        return;
    }
    for (uint32_t i = 0; i < GUESTS; i++) {
        if (vm[i] == v->vm && intid == INTID) __atomic_fetch_add(&taken[i], 1, __ATOMIC_RELEASE);
    }
}

static void *core(void *arg)
{
    uint32_t cpu = (uint32_t)(uintptr_t)arg;

    host_cpu_set(cpu);
    while (!must_stop()) {
        if (host_exit_loop()) {
            guest_turn(this_cpu()->vcpu);
            continue;
        }
        while (!must_stop() && __atomic_load_n(&cpus[cpu].work, __ATOMIC_ACQUIRE) == 0) sched_yield();
    }
    return NULL;
}

static void write_register(struct vm *of, uint64_t offset, uint8_t size, uint64_t value)
{
    struct mmio_access a = { .offset = offset, .size = size, .value = value, .write = true };

    assert_true(of->device[0].model->mmio(&of->device[0], of->vcpu[0], &a));
}

static struct vm *guest_on(uint32_t cpu, const char *name)
{
    struct vm_config *c = board_config(name, 1, 2 * MIB);
    const char *why;
    struct vm *made;

    c->cpu_master = cpu;
    assert_int_equal(vm_make(c, false, &made, &why), 0);
    assert_int_equal(vm_boot(made), 0);
    made->vcpu[0]->vgic.regs.vmcr = 0xff000003;
    write_register(made, 0, 4, 3);                              /* GICD_CTLR: both groups */
    write_register(made, 0xc00 + INTID / 16 * 4, 4, 2u << INTID % 16 * 2);          /* an edge */
    write_register(made, 0x6000 + INTID * 8, 8, 0);
    write_register(made, 0x100 + INTID / 32 * 4, 4, 1u << INTID % 32);
    return made;
}

static bool wait_taken(uint32_t i, uint32_t until)
{
    time_t limit = time(NULL) + HANG_S;

    while (__atomic_load_n(&taken[i], __ATOMIC_ACQUIRE) != until) {
        if (time(NULL) > limit) return false;
        sched_yield();
    }
    return true;
}

/* regression: 31 */
static void no_wake_up_is_lost_between_cores(void **state)
{
    pthread_t thread[CORES];
    uint32_t seed = 1, sent[GUESTS] = { 0 };
    bool alive = true;

    board_init(3, CORES + 1);
    board_mvm(1);
    host_cpu_set(CORES);
    for (uint32_t i = 0; i < GUESTS; i++) {
        char name[2] = { (char)('a' + (int)i), '\0' };

        vm[i] = guest_on(i % CORES, name);
    }
    for (uintptr_t i = 0; i < CORES; i++) assert_int_equal(pthread_create(&thread[i], NULL, core, (void *)i), 0);
    for (uint32_t round = 0; alive && round < ROUNDS; round++) {
        uint32_t i;

        seed = seed * 1664525u + 1013904223u;
        i = (seed >> 8) % GUESTS;
        vgic_set_spi(vm[i], INTID, true);
        alive = wait_taken(i, ++sent[i]);
        for (volatile uint32_t wait = (seed >> 12) % 2000; wait > 0; wait--) continue;      /* at any moment of its sleep */
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < CORES; i++) pthread_join(thread[i], NULL);
    assert_true(alive);
    assert_true(slept > GUESTS);
    board_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_wake_up_is_lost_between_cores) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

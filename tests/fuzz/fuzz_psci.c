/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Bytes as standard calls of a guest's vCPUs: PSCI in both forms with arguments that are right, nearly right or wild, and any
 * other function id. A model of which vCPU is on says what each of PSCI's own calls answers; what PSCI_FEATURES denies changes
 * nothing; a second VM and the machine notice nothing of it all. */
#include <stdlib.h>
#include <string.h>

#include "hypervisor/core/cpu.h"
#include "hypervisor/core/hcall.h"
#include "tests/fuzz/must.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define PSCI      UINT32_C(0x84000000)
#define WIDE      UINT32_C(0x40000000)
#define VCPUS     4u
#define STEPS     200u
#define RAM_BYTES (2 * MIB)
#define INVALID       (-2)
#define ALREADY_ON    (-4)
#define INVALID_ADDR  (-9)

enum { VERSION, CPU_SUSPEND, CPU_OFF, CPU_ON, AFFINITY_INFO, SYSTEM_OFF = 8, SYSTEM_RESET, FEATURES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
    uint8_t what, vcpu, function, wild;
    uint16_t arg[3];
    uint16_t rsv0;
};

static struct vm *vm, *other;
static bool on[VCPUS];

/* The vCPU on its core, as its guest sees it; false: it is off or asleep. */
static bool is_running(struct vcpu *v)
{
    for (uint32_t turns = 0; turns < 8 * VCPUS; turns++) {
        if (v->state != VCPU_RUNNING && v->state != VCPU_READY) return false;
        if (v->cpu->vcpu == v && v->cpu->work == 0) return true;
        host_time_advance(HOST_COUNTER_HZ / 100);           /* a slice is over, on every core */
        for (uint32_t i = 0; i < cpu_count; i++) {
            cpus[i].work |= WORK_RESCHEDULE;
            board_turn(i);
        }
    }
    abort();                        /* ready, and never in turn */
}

static uint64_t argument(const struct step *s, uint32_t i)
{
    uint64_t a = s->arg[i];

    switch (s->wild >> (2 * i) & 3) {
    case 0:  return a % (VCPUS + 2);
    case 1:  return a;
    case 2:  return a << 48 | a << 16 | a;
    default: return BOARD_RAM + a;
    }
}

static int64_t call(struct vcpu *v, uint32_t id, const uint64_t arg[3])
{
    uint64_t all[5] = { arg[0], arg[1], arg[2], 0, 0 };

    return board_call(v, id, all, NULL);
}

static void turn_on(struct vcpu *v, uint32_t wide, const uint64_t arg[3])
{
    uint64_t mask = wide ? UINT64_MAX : UINT32_MAX, target = arg[0] & mask, entry = arg[1] & mask;
    int64_t got = call(v, PSCI + CPU_ON + wide, arg);

    if (target >= VCPUS) {
        must(got == INVALID);
    } else if (entry % 4 != 0 || entry - BOARD_RAM >= RAM_BYTES) {
        must(got == INVALID_ADDR);
    } else if (on[target]) {
        must(got == ALREADY_ON);
    } else {
        must(got == 0 && vm->vcpu[target]->arch.pc == entry && vm->vcpu[target]->arch.context == (arg[2] & mask));
        on[target] = true;
    }
}

static void ask_affinity(struct vcpu *v, uint32_t wide, const uint64_t arg[3])
{
    uint64_t mask = wide ? UINT64_MAX : UINT32_MAX, target = arg[0] & mask, level = arg[1] & mask;
    int64_t got = call(v, PSCI + AFFINITY_INFO + wide, arg);
    bool any = false;

    for (uint32_t i = 0; i < VCPUS; i++) any |= on[i];
    if (level > 3 || (level == 0 && target >= VCPUS)) must(got == INVALID);
    else if (level == 0) must(got == !on[target]);
    else if (target < VCPUS) must(got == !any);
    else must(got == INVALID || got == !any);
}

static void any_other_call(struct vcpu *v, uint32_t id, const uint64_t arg[3])
{
    uint64_t asked[3] = { id, 0, 0 };
    bool psci = (id & ~WIDE) - PSCI < 0x20;
    int64_t offered = psci ? call(v, PSCI + FEATURES, asked) : 0, got;

    if (psci && offered >= 0) return;           /* ends or suspends, maybe: the cases above know which */
    if (id >> 24 == 0xc6 || id >> 24 == 0x86) return;                /* ours: fuzz_hcall */
    got = call(v, id, arg);
    if (psci) must(got == SMCCC_NOT_SUPPORTED);
    must(is_running(v));
}

static void end_and_start_again(struct vcpu *v, const struct step *s, const uint64_t arg[3])
{
    if (s->rsv0 & 1) (void)call(v, PSCI + (s->rsv0 & 2 ? SYSTEM_OFF : SYSTEM_RESET), arg);
    else vm_end(vm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    must(vm->state == SHYPER_VM_STOPPED && board_reset(vm) == 0 && vm_boot(vm) == 0);
    board_settle();
    for (uint32_t i = 0; i < VCPUS; i++) on[i] = i == 0;
}

static void one_step(const struct step *s)
{
    struct vcpu *v = vm->vcpu[s->vcpu % VCPUS];
    uint64_t arg[3] = { argument(s, 0), argument(s, 1), argument(s, 2) };
    uint32_t wide = s->function & 0x80 ? WIDE : 0;

    if (s->what % 8 == 7) vcpu_kick(v);         /* an interrupt for it */
    if (!is_running(v)) return;
    switch (s->what % 8) {
    case 0:
    case 1:
        turn_on(v, wide, arg);
        break;
    case 2:
        ask_affinity(v, wide, arg);
        break;
    case 3:
        (void)call(v, PSCI + CPU_OFF, arg);
        on[v->id] = false;
        if (on[0] || on[1] || on[2] || on[3]) break;
        board_settle();
        must(vm->state == SHYPER_VM_STOPPED && vm->reason == SHYPER_REASON_CPUS_OFF);
        must(board_reset(vm) == 0 && vm_boot(vm) == 0);
        on[0] = true;
        break;
    case 4:
        if (call(v, PSCI + CPU_SUSPEND + wide, arg) == 0) must(v->state == VCPU_WAITING || v->state == VCPU_READY);
        break;
    case 5:
        if (s->rsv0 % 8 < 4) end_and_start_again(v, s, arg);
        else must(call(v, PSCI + VERSION, arg) >= 0x10001);
        break;
    default:
        if (s->what & 8) any_other_call(v, PSCI | wide | (s->function & 0x1f), arg);
        else any_other_call(v, (uint32_t)s->function << 24 | (uint32_t)s->wild << 16 | s->rsv0, arg);
    }
}

static void check(void)
{
    uint32_t live = 0;

    for (uint32_t i = 0; i < VCPUS; i++) {
        must((vm->vcpu[i]->state != VCPU_OFF) == on[i]);
        live += on[i];
    }
    must(vm->state == SHYPER_VM_RUNNING && vm->vcpus_live == live);
    must(other->state == SHYPER_VM_RUNNING && other->vcpus_live == 1 && is_running(other->vcpu[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static struct board_count before;
    struct board_count after;
    struct step step;

    if (!ready) {
        board_init(3, 3);
        before = board_count();
        ready = true;
    }
    must(vm_boot(board_mvm(1)) == 0);
    other = board_guest("other", 2, 2 * MIB);
    vm = board_guest("one", VCPUS, RAM_BYTES);
    must(vm_boot(other) == 0 && vm_boot(vm) == 0);
    for (uint32_t i = 0; i < VCPUS; i++) on[i] = i == 0;
    board_settle();
    for (uint32_t n = 0; n < STEPS && size >= sizeof(step); n++) {
        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        size -= sizeof(step);
        one_step(&step);
        check();
    }
    board_clear();
    after = board_count();
    must(board_count_same(&before, &after));
    return 0;
}

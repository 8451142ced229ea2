/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Bytes as a sequence of calls by the management VM and a guest, between which cores go on, time passes and pages run out. Every
 * call returns, none ends the machine, a guest changes nothing of others, and when all VMs are taken away nothing is left. */
#include <stdlib.h>
#include <string.h>

#include "abi/hcall.h"
#include "hypervisor/core/sched.h"
#include "lib/str.h"
#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/fuzz/must.h"

#define BUFFER (BOARD_MVM_RAM + MIB)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct step {
    uint8_t what, call;
    uint16_t arg[5];
};

static uint64_t blob[128];          /* a profile as the management VM would send it */

static uint64_t argument(uint16_t a)
{
    static const uint64_t base[] = { 0, BUFFER, BOARD_RAM, BOARD_MVM_RAM, 0x80000000, 0x7ffff000, 0x84000000, UINT64_MAX - 4095 };

    if (a < 0x8000) return a;
    return base[a >> 12 & 7] + (a & 0xfff);
}

static void one_step(const struct step *s, struct vm *mvm)
{
    static const uint32_t calls[] = {
#define ROW(name, number, who, narrow) number,
        SHYPER_HCALLS(ROW)
#undef ROW
    };
    uint32_t number = calls[s->call % ARRAY_LEN(calls)], guest = 1 + s->call % 3;
    struct vcpu *v = vms[guest] == NULL ? NULL : vms[guest]->vcpu[s->what % vms[guest]->vcpu_count];
    uint64_t arg[5];
    int64_t err;

    for (uint32_t i = 0; i < 5; i++) arg[i] = argument(s->arg[i]);
    switch (s->what >> 5) {
    default:
        if (number == SHYPER_HCALL_SYSTEM_SHUTDOWN || number == SHYPER_HCALL_SYSTEM_REBOOT) return;
        fake_page_fail(s->what & 16 ? s->arg[4] % 24u : 0);
        err = board_call(mvm->vcpu[0], SHYPER_HCALL_BASE | number, arg, NULL);
        fake_page_fail(0);
        must(err <= 0 && err > -200);
        return;
    case 4:                                     /* a guest's call: PSCI, ours or any */
        if (v == NULL || v->cpu->vcpu != v || v->state != VCPU_RUNNING) return;
        if (s->what & 1) (void)board_call(v, 0x84000000u | (s->what & 2u) << 29 | (s->call & 0x1fu), arg, NULL);
        else (void)board_call(v, SHYPER_HCALL_BASE | number, arg, NULL);
        return;
    case 5:
        board_turn(s->what % cpu_count);
        return;
    case 6:                                     /* memory is touched, by the guest or the management VM */
        host_cpu_set(0);
        if (v != NULL) (void)guest_mem_fault(s->what & 1 ? mvm : v->vm, IPA(arg[0] + (uint64_t)s->arg[1] * PAGE_SIZE));
        return;
    case 7:
        host_cpu_set(s->what % cpu_count);
        host_time_advance(s->arg[0] * UINT64_C(4096));
        timer_interrupt();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static struct board_count before;
    struct board_count after;
    struct step step;
    struct vm *mvm;

    if (!ready) {
        board_init(3, 3);
        board_blob(blob, sizeof(blob), "new", 2, NULL, 0);
        before = board_count();
        ready = true;
    }
    board_set_gic(2 + (size & 1));
    mvm = board_mvm(1);
    must(vm_boot(mvm) == 0 && vm_boot(board_guest("guest", 2, 4 * MIB)) == 0);
    board_settle();
    memcpy(host_ram(PA(BUFFER)), blob, sizeof(blob));
    for (size_t used = 0; size - used >= sizeof(step) && used < 200 * sizeof(step); used += sizeof(step)) {
        memcpy(&step, data + used, sizeof(step));
        one_step(&step, mvm);
        must(mvm->state == SHYPER_VM_RUNNING);
    }
    board_clear();
    after = board_count();
    must(board_count_same(&before, &after));
    return 0;
}

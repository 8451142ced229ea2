/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* What is kept of a guest's first fault, and what the management VM gets to see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "abi/hcall.h"
#include "hypervisor/core/fault.h"
#include "hypervisor/core/hcall.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define VM_FAULT (SHYPER_HCALL_BASE | SHYPER_HCALL_VM_FAULT)
#define BUFFER   (BOARD_MVM_RAM + MIB)

static struct vm *mvm, *guest;
static struct shyper_vm_fault *answer;

static int board(void **state)
{
    board_init(3, 2);
    return 0;
}

static int start(void **state)
{
    mvm = board_mvm(1);
    guest = board_guest("guest", 2, 4 * MIB);
    answer = host_ram(PA(BUFFER));
    memset(answer, 0x55, 2 * sizeof(*answer));
    if (vm_boot(guest) != 0 || vm_boot(mvm) != 0) return -1;
    board_settle();
    return 0;
}

static int stop(void **state)
{
    board_clear();
    return 0;
}

static int64_t ask(uint64_t id, uint64_t room, uint64_t *value)
{
    return board_call(mvm->vcpu[0], VM_FAULT, (const uint64_t[5]){ id, BUFFER, room }, value);
}

static void fault(uint64_t pc)
{
    guest->vcpu[0]->arch.pc = pc;
    guest->vcpu[0]->arch.regs[30] = pc + 4;
    fault_note(guest->vcpu[0], SHYPER_FAULT_WRITE, 0xffff0000, IPA(0x1234));
}

static void the_first_of_several_is_kept_and_all_are_counted(void **state)
{
    uint64_t value;

    for (uint64_t pc = 0x1000; pc < 0x4000; pc += 0x1000) fault(pc);
    assert_int_equal(ask(guest->id, 4096, &value), 0);
    assert_int_equal(value, sizeof(*answer));
    assert_int_equal(answer->size, sizeof(*answer));
    assert_int_equal(answer->kind, SHYPER_FAULT_WRITE);
    assert_int_equal(answer->count, 3);
    assert_int_equal(answer->vcpu, 0);
    assert_int_equal(answer->address, 0xffff0000);
    assert_int_equal(answer->ipa, 0x1234);
    assert_int_equal(answer->pc, 0x1000);
    assert_int_equal(answer->x[30], 0x1004);
}

static void a_vm_without_a_fault_has_none(void **state)
{
    uint64_t value;

    assert_int_equal(ask(guest->id, 4096, &value), -ENOENT);
    assert_int_equal(value, 0);
    assert_int_equal(answer->size, 0x55555555);
    assert_int_equal(ask(SHYPER_MVM_ID, 4096, &value), -ENOENT);
    assert_int_equal(ask(SHYPER_VM_MAX - 1, 4096, &value), -ENOENT);
}

static void no_more_is_written_than_there_is_room(void **state)
{
    uint64_t value;

    fault(0x1000);
    assert_int_equal(ask(guest->id, 8, &value), 0);
    assert_int_equal(value, 8);
    assert_int_equal(((uint8_t *)answer)[8], 0x55);
    assert_int_equal(board_call(mvm->vcpu[0], VM_FAULT, (const uint64_t[5]){ guest->id, 0x1000, 4096 }, &value), -EFAULT);
    assert_int_equal(board_call(guest->vcpu[0], VM_FAULT, (const uint64_t[5]){ guest->id, BUFFER, 8 }, &value), -EACCES);
}

static void the_next_life_begins_without_one(void **state)
{
    uint64_t value;

    fault(0x1000);
    vm_end(guest, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(ask(guest->id, 4096, &value), 0);          /* still there for who asks why it ended */
    assert_int_equal(board_reset(guest), 0);
    assert_int_equal(vm_boot(guest), 0);
    board_settle();
    assert_int_equal(ask(guest->id, 4096, &value), -ENOENT);
    fault(0x2000);
    assert_int_equal(ask(guest->id, 4096, &value), 0);
    assert_int_equal(answer->pc, 0x2000);
    assert_int_equal(answer->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_of_several_is_kept_and_all_are_counted, start, stop),
        cmocka_unit_test_setup_teardown(a_vm_without_a_fault_has_none, start, stop),
        cmocka_unit_test_setup_teardown(no_more_is_written_than_there_is_room, start, stop),
        cmocka_unit_test_setup_teardown(the_next_life_begins_without_one, start, stop),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

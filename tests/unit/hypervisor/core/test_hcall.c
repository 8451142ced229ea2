/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* The dispatcher and the handlers behind it: every number with any arguments, from a guest and from the management VM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "abi/hcall.h"
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/log.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define ID(name)   (SHYPER_HCALL_BASE | SHYPER_HCALL_##name)
#define BUFFER     (BOARD_MVM_RAM + MIB)
#define ANY 0
#define MVM 1

static const struct { const char *name; uint32_t number, mvm_only, narrow; } calls[] = {
#define ROW(name, number, who, narrow) { #name, number, who, narrow },
    SHYPER_HCALLS(ROW)
#undef ROW
};

static struct board_count before;
static struct vm *mvm, *guest, *other;
static struct vcpu *m, *g;

static int board(void **state)
{
    board_init(3, 3);
    return 0;
}

static int start(void **state)
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

static int all_back(void **state)
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

static struct sight look(void)
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

static void assert_untouched(const struct sight *was)
{
    struct sight now = look();

    assert_memory_equal(&now, was, sizeof(now));
}

/* regression: 1, 2 */
static void guests_are_refused_what_is_the_management_vms(void **state)
{
    struct sight was = look();
    uint32_t refused = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        uint64_t value = 77, arg[5] = { other->id, BOARD_RAM, 64, 0, 0 };

        if (!calls[i].mvm_only) continue;
        assert_int_equal(board_call(g, SHYPER_HCALL_BASE | calls[i].number, arg, &value), -EACCES);
        assert_int_equal(value, 0);
        assert_int_equal(g->refused, ++refused);
        assert_untouched(&was);
    }
    assert_true(refused > 15);
}

/* regression: 9 */
static void any_vm_may_ask_who_it_is(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(g, ID(INFO_SELF), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, guest->id);
    assert_int_equal(board_call(m, ID(INFO_SELF), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, SHYPER_MVM_ID);
    assert_int_equal(board_call(g, ID(INFO_VERSION), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR);
}

static void narrow_arguments_must_be_narrow(void **state)
{
    struct sight was = look();
    uint32_t tried = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        for (uint32_t a = 0; a < 5; a++) {
            uint64_t arg[5] = { 0xffff, BUFFER, 0, 0, 0 };

            if ((calls[i].narrow >> a & 1) == 0) continue;
            arg[a] = UINT64_C(1) << (32 + a * 7);
            assert_int_equal(board_call(m, SHYPER_HCALL_BASE | calls[i].number, arg, NULL), -EINVAL);
            tried++;
        }
    }
    assert_true(tried > 20);
    assert_untouched(&was);
}

static bool is_defined(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (calls[i].number == number) return true;
    }
    return false;
}

/* regression: 2, 3, 9, 62 */
static void unknown_numbers_are_not_supported(void **state)
{
    struct sight was = look();

    for (uint32_t number = 0; number < 0x10000; number++) {
        if (is_defined(number)) continue;
        assert_int_equal(CALL(g, SHYPER_HCALL_BASE | number, 0), SMCCC_NOT_SUPPORTED);
        assert_int_equal(CALL(m, SHYPER_HCALL_BASE | number, 0), SMCCC_NOT_SUPPORTED);
    }
    assert_untouched(&was);
    assert_true(g->exits[SHYPER_EXIT_HYPERCALL] > 0xff00);
}

static void calls_of_other_services_are_not_supported(void **state)
{
    static const uint32_t bases[] = { 0x00000000, 0x80000000, 0x81000000, 0x82000000, 0x83000000, 0x85000000, 0x86000000,
                                      0xb2000000, 0xc0000000, 0xc5000000, 0xc7000000, 0x46000000, 0xffff0000 };
    struct sight was = look();

    for (size_t b = 0; b < ARRAY_LEN(bases); b++) {
        for (uint32_t n = 0; n < 0x100; n++) {
            if ((bases[b] | n) == 0x80000000u || (bases[b] | n) == 0x80000001u) continue;
            assert_int_equal(CALL(g, bases[b] | n, 1, 2, 3), SMCCC_NOT_SUPPORTED);
        }
    }
    assert_untouched(&was);
}

static void shyper_is_found_by_its_identity(void **state)
{
    uint64_t x[31] = { 0x8600ff01 };

    host_cpu_set(g->cpu->id);
    hcall_dispatch(g, x);
    assert_int_equal(x[0], SHYPER_UID_0);
    assert_int_equal(x[1], SHYPER_UID_1);
    assert_int_equal(x[2], SHYPER_UID_2);
    assert_int_equal(x[3], SHYPER_UID_3);
    x[0] = 0x8600ff03;
    hcall_dispatch(g, x);
    assert_int_equal(x[0], SHYPER_ABI_MAJOR);
    assert_int_equal(x[1], SHYPER_ABI_MINOR);
    assert_int_equal(CALL(g, 0x8600ff00, 0), ARRAY_LEN(calls));
    assert_int_equal(CALL(g, 0x80000000, 0), 0x10001);
    assert_int_equal(CALL(g, 0x80000001, 0x80000000), 0);
    assert_int_equal(CALL(g, 0x80000001, 0x80000001), 0);
    assert_int_equal(CALL(g, 0x80000001, 0x80008000), SMCCC_NOT_SUPPORTED);
}

static void only_x0_and_x1_are_answered(void **state)
{
    uint64_t x[31];

    for (uint64_t i = 0; i < 31; i++) x[i] = 0x1000 + i;
    x[0] = ID(INFO_VERSION);
    host_cpu_set(g->cpu->id);
    hcall_dispatch(g, x);
    for (uint64_t i = 2; i < 31; i++) assert_int_equal(x[i], 0x1000 + i);
    x[0] = ID(VM_STOP);
    hcall_dispatch(g, x);
    for (uint64_t i = 2; i < 31; i++) assert_int_equal(x[i], 0x1000 + i);
}

/* Whatever the arguments, each call comes back, and pointers outside the caller's RAM are refused. */
/* regression: 3 */
static void any_arguments_come_back(void **state)
{
    static const uint64_t interesting[] = {
        0, 1, 2, 31, 32, 64, 4096, 0xffffffff, 0x100000000, BUFFER, BUFFER - 1, BOARD_MVM_RAM, 0x80000000, 0x7ffffff8, BOARD_RAM,
        UINT64_MAX, UINT64_MAX - 7, INT64_MAX, 0x9000000, 0x40000000,
    };
    uint32_t seed = 11;

    for (uint32_t round = 0; round < 60000; round++) {
        uint32_t number = calls[round % ARRAY_LEN(calls)].number;
        uint64_t arg[5], value = 0;
        int64_t err;

        if (number == SHYPER_HCALL_SYSTEM_SHUTDOWN || number == SHYPER_HCALL_SYSTEM_REBOOT) continue;
        for (uint32_t a = 0; a < 5; a++) {
            seed = seed * 1664525u + 1013904223u;
            arg[a] = (seed & 0x700) == 0 ? (uint64_t)seed << 13 : interesting[(seed >> 12) % ARRAY_LEN(interesting)];
        }
        if (vms[1] == NULL || vms[2] == NULL) {
            board_settle();
            if (vms[1] == NULL) board_guest("guest", 1, 4 * MIB);
            if (vms[2] == NULL) board_guest("other", 1, 4 * MIB);
        }
        err = board_call(m, SHYPER_HCALL_BASE | number, arg, &value);
        assert_true(err <= 0 && err > -200);
        if (err != 0 && number != SHYPER_HCALL_VM_CREATE) assert_int_equal(value, 0);
        if (round % 64 == 0) board_settle();
    }
    board_settle();
    for (uint32_t id = 1; id <= 2; id++) {
        while (vms[id] != NULL && vms[id]->mem.opens > 0) assert_true(CALL(m, ID(MEMORY_CLOSE), id) <= 0);
    }
}

static void describing_a_vm_tells_what_it_is(void **state)
{
    struct shyper_vm_info info;
    uint64_t value;

    assert_int_equal(board_call(m, ID(VM_INFO), (const uint64_t[5]){ guest->id, BUFFER, 4096 }, &value), 0);
    assert_int_equal(value, sizeof(info));
    memcpy(&info, host_ram(PA(BUFFER)), sizeof(info));
    assert_int_equal(info.size, sizeof(info));
    assert_int_equal(info.id, guest->id);
    assert_string_equal(info.name, "guest");
    assert_int_equal(info.state, SHYPER_VM_RUNNING);
    assert_int_equal(info.vcpus, 1);
    assert_int_equal(info.vcpu_on_bitmap, 1);
    assert_int_equal(info.cpu_bitmap, BIT64(g->cpu->id));
    assert_int_equal(info.memory_bytes, 4 * MIB);
    assert_int_equal(CALL(m, ID(VM_INFO), 9, BUFFER, 4096), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_INFO), 32, BUFFER, 4096), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_INFO), 0, BUFFER, 4096), 0);             /* the management VM itself */
    assert_int_equal(CALL(m, ID(VM_INFO), guest->id, 0x80000000, 4096), -EFAULT);
    assert_int_equal(CALL(m, ID(VM_INFO), guest->id, 0x7ffffff0, 4096), -EFAULT);
}

static void an_answer_is_cut_to_the_room_there_is(void **state)
{
    uint8_t *at = host_ram(PA(BUFFER));
    uint64_t value;

    memset(at, 0x5a, 4096);
    assert_int_equal(board_call(m, ID(INFO_SYSTEM), (const uint64_t[5]){ BUFFER, 10 }, &value), 0);
    assert_int_equal(value, 10);
    assert_int_equal(at[0], sizeof(struct shyper_system_info));
    assert_int_equal(at[10], 0x5a);
    assert_int_equal(board_call(m, ID(INFO_SYSTEM), (const uint64_t[5]){ BUFFER, 0 }, &value), 0);
    assert_int_equal(value, 0);
}

/* regression: 80 */
static void the_level_of_the_log_is_the_management_vms_to_set(void **state)
{
    uint64_t value;

    log_set_level(SHYPER_LOG_INFO);
    assert_int_equal(CALL(m, ID(SYSTEM_LOG_LEVEL), SHYPER_LOG_DEBUG + 1), -EINVAL);
    assert_int_equal(CALL(m, ID(SYSTEM_LOG_LEVEL), UINT64_C(1) << 32), -EINVAL);
    assert_int_equal(CALL(g, ID(SYSTEM_LOG_LEVEL), SHYPER_LOG_DEBUG), -EACCES);
    assert_int_equal(log_level(), SHYPER_LOG_INFO);
    assert_int_equal(board_call(m, ID(SYSTEM_LOG_LEVEL), (const uint64_t[5]){ SHYPER_LOG_DEBUG }, &value), 0);
    assert_int_equal(value, SHYPER_LOG_INFO);
    assert_int_equal(log_level(), SHYPER_LOG_DEBUG);
    assert_int_equal(CALL(m, ID(INFO_SYSTEM), BUFFER, 4096), 0);
    assert_int_equal(((struct shyper_system_info *)host_ram(PA(BUFFER)))->log_level, SHYPER_LOG_DEBUG);
    assert_int_equal(board_call(m, ID(SYSTEM_LOG_LEVEL), (const uint64_t[5]){ SHYPER_LOG_INFO }, &value), 0);
    assert_int_equal(value, SHYPER_LOG_DEBUG);
}

static void the_management_vm_itself_cannot_be_changed(void **state)
{
    static const uint32_t ids[] = { ID(VM_BOOT), ID(VM_STOP), ID(VM_RESET), ID(VM_REMOVE), ID(MEMORY_OPEN), ID(MEMORY_CLOSE),
                                    ID(MEMORY_RUN), ID(CONSOLE_READ), ID(CONSOLE_WRITE) };
    struct sight was = look();

    for (size_t i = 0; i < ARRAY_LEN(ids); i++) assert_int_equal(CALL(m, ids[i], SHYPER_MVM_ID, BUFFER, 64), -ENOENT);
    assert_int_equal(CALL(m, ID(INFO_EXIT), 3), -EACCES);
    assert_untouched(&was);
}

static void vms_are_listed_in_order(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 0xffffffff }, &value), 0);
    assert_int_equal(value, 0);
    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 1 }, &value), 0);
    assert_int_equal(value, 2);
    assert_int_equal(CALL(m, ID(VM_NEXT), 2), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_NEXT), 0xfffffffe), -ENOENT);
}

static void a_guest_ends_by_its_exit_call(void **state)
{
    assert_int_equal(CALL(g, ID(INFO_EXIT), 42), 0);
    board_settle();
    assert_int_equal(guest->state, SHYPER_VM_STOPPED);
    assert_int_equal(guest->reason, SHYPER_REASON_EXIT);
    assert_int_equal(guest->exit_status, 42);
    assert_int_equal(other->state, SHYPER_VM_RUNNING);
    assert_int_equal(mvm->state, SHYPER_VM_RUNNING);
}

static void memory_runs_are_told_one_by_one(void **state)
{
    struct shyper_run run;

    assert_int_equal(CALL(m, ID(MEMORY_RUN), guest->id, 0, BUFFER), 0);
    memcpy(&run, host_ram(PA(BUFFER)), sizeof(run));
    assert_int_equal(run.ipa, BOARD_RAM);
    assert_int_equal(run.pa, guest->mem.run[0].pa);
    assert_int_equal(run.bytes, 4 * MIB);
    assert_int_equal(CALL(m, ID(MEMORY_RUN), guest->id, 1, BUFFER), -ENOENT);
}

/* As the driver tries; *tries: how often. */
static int64_t create(uint64_t ipa, uint64_t bytes, uint64_t *id, uint32_t *tries)
{
    int64_t err;

    *tries = 0;
    do {
        err = board_call(m, ID(VM_CREATE), (const uint64_t[5]){ ipa, bytes }, id);
        assert_true(++*tries < 200);
    } while (err == -EAGAIN);
    return err;
}

/* regression: 5 */
static void a_profile_is_taken_from_the_callers_ram_only(void **state)
{
    struct sight was = look();
    uint64_t id;
    uint32_t tries;

    assert_int_equal(create(0x80000000, 64, &id, &tries), -EFAULT);
    assert_int_equal(create(0x80000000 - 4096, 8192, &id, &tries), -EFAULT);     /* begins inside, ends outside */
    assert_int_equal(create(UINT64_MAX - 4095, 8192, &id, &tries), -EFAULT);
    assert_int_equal(create(BUFFER, 0, &id, &tries), -EINVAL);
    assert_int_equal(create(BUFFER, SHYPER_PROFILE_BYTES_MAX + 1, &id, &tries), -EINVAL);
    memset(host_ram(PA(BUFFER)), 0x41, 4096);
    assert_int_equal(create(BUFFER, 4096, &id, &tries), -EINVAL);
    fake_page_fail(1);
    assert_int_equal(create(BUFFER, 4096, &id, &tries), -ENOMEM);
    fake_page_fail(0);
    assert_untouched(&was);
}

static void a_vm_that_is_being_made_is_in_nobodys_sight(void **state)
{
    uint64_t id = 0, next, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 8, NULL, 0), tries = 0;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    while (board_call(m, ID(VM_CREATE), (const uint64_t[5]){ BUFFER, bytes }, &id) == -EAGAIN) {
        tries++;
        assert_int_equal(id, 0);
        assert_null(vms[3]);
        assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 2 }, &next), -ENOENT);
        assert_int_equal(CALL(m, ID(VM_BOOT), 3), -ENOENT);
        assert_int_equal(CALL(m, ID(VM_REMOVE), 3), -ENOENT);
    }
    assert_true(tries >= 1 + 1 + 1 + 8);            /* reading, decoding, memory, each vCPU */
    assert_int_equal(id, 3);
}

static void a_creation_that_is_given_up_is_undone_before_the_next(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), tries;
    struct sight was = look();

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    memcpy(host_ram(PA(BUFFER + 0x10000)), blob, bytes);
    for (uint32_t after = 1; after < 8; after++) {
        for (uint32_t i = 0; i < after; i++) assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
        assert_int_equal(create(BUFFER + 0x10000, bytes, &id, &tries), 0);
        assert_int_equal(id, 3);
        while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
        assert_untouched(&was);
    }
}

static void a_creation_that_another_call_gave_up_begins_anew(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), whole, tries;
    struct sight was = look();
    fdt64_t *reg = fdt_getprop_w(blob, fdt_path_offset(blob, "/memory"), "reg", NULL);

    reg[1] = cpu_to_fdt64(GIB / 2);             /* so much RAM that it is given back in pieces */
    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    memcpy(host_ram(PA(BUFFER + 0x10000)), blob, bytes);
    assert_int_equal(create(BUFFER, bytes, &id, &whole), 0);
    while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
    for (uint32_t after = 1; after < whole; after++) {
        for (uint32_t i = 0; i < after; i++) assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
        assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER + 0x10000, bytes), -EAGAIN);
        id = 0;
        assert_int_equal(create(BUFFER, bytes, &id, &tries), 0);
        assert_int_equal(id, 3);
        while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
        assert_untouched(&was);
    }
}

static void a_creation_is_undone_when_the_management_vm_ends(void **state)
{
    uint64_t blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), pages;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    pages = fake_page_live();
    for (uint32_t i = 0; i < 9; i++) assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
    assert_true(fake_page_live() > pages);
    vm_end(mvm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(fake_page_live(), pages);
    assert_null(vms[3]);
}

/* regression: 5, 8 */
static void a_profile_may_end_where_the_callers_ram_ends(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "last", 1, NULL, 0);
    uint64_t at = BOARD_MVM_END - bytes;
    struct sight was = look();
    uint32_t tries;

    memcpy(host_ram(PA(at)), blob, bytes);
    assert_int_equal(create(at, bytes + 1, &id, &tries), -EFAULT);
    assert_int_equal(create(UINT64_MAX - bytes / 2, bytes, &id, &tries), -EFAULT);
    assert_untouched(&was);
    assert_int_equal(create(at, bytes, &id, &tries), 0);
    assert_string_equal(vms[id]->config.name, "last");
}

static void a_profile_becomes_a_vm_that_can_be_booted_and_removed(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 2, NULL, 0), n, tries;
    int64_t err;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    for (n = 1; n < 40; n++) {
        struct sight was = look();

        fake_page_fail(n);
        err = create(BUFFER, bytes, &id, &tries);
        fake_page_fail(0);
        if (err == 0) break;
        assert_int_equal(err, -ENOMEM);
        assert_untouched(&was);
    }
    assert_in_range(n, 5, 20);
    memset(host_ram(PA(BUFFER)), 0xff, bytes);                 /* the blob was copied: what becomes of it does not matter */
    assert_int_equal(id, 3);
    assert_string_equal(vms[3]->config.name, "new");
    assert_string_equal(vms[3]->config.cmdline, "");
    assert_null(vms[3]->config.kernel);
    assert_int_equal(CALL(m, ID(VM_BOOT), id), 0);
    assert_int_equal(CALL(m, ID(VM_BOOT), id), -EBUSY);
    board_settle();
    assert_true(vms[3]->vcpu[0]->state != VCPU_OFF);
    assert_int_equal(vms[3]->vcpu[1]->state, VCPU_OFF);
    assert_int_equal(CALL(m, ID(VM_STOP), id), -EAGAIN);
    board_settle();
    assert_int_equal(CALL(m, ID(VM_STOP), id), 0);
    assert_int_equal(CALL(m, ID(VM_RESET), id), 0);
    while ((err = CALL(m, ID(VM_REMOVE), id)) == -EAGAIN) continue;
    assert_int_equal(err, 0);
    assert_int_equal(CALL(m, ID(VM_REMOVE), id), -ENOENT);
}

static void the_trace_mask_is_set_on_every_cpu(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(m, ID(TRACE_MASK), (const uint64_t[5]){ 5 }, &value), 0);
    assert_int_equal(board_call(m, ID(TRACE_MASK), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, 5);
    for (uint32_t i = 0; i < cpu_count; i++) assert_int_equal(cpus[i].trace_mask, 0);
}

static void shut_down(void *arg)    { (void)CALL(m, ID(SYSTEM_SHUTDOWN), 0); }
static void reboot(void *arg)       { (void)CALL(m, ID(SYSTEM_REBOOT), 0); }

static void power_is_the_management_vms(void **state)
{
    assert_int_equal(host_run(shut_down, NULL), HOST_SHUTDOWN);
    assert_int_equal(host_run(reboot, NULL), HOST_RESET);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(guests_are_refused_what_is_the_management_vms), TEST(any_vm_may_ask_who_it_is),
        TEST(narrow_arguments_must_be_narrow), TEST(unknown_numbers_are_not_supported),
        TEST(calls_of_other_services_are_not_supported), TEST(shyper_is_found_by_its_identity),
        TEST(only_x0_and_x1_are_answered), TEST(any_arguments_come_back), TEST(describing_a_vm_tells_what_it_is),
        TEST(an_answer_is_cut_to_the_room_there_is), TEST(the_management_vm_itself_cannot_be_changed),
        TEST(the_level_of_the_log_is_the_management_vms_to_set),
        TEST(vms_are_listed_in_order), TEST(a_guest_ends_by_its_exit_call), TEST(memory_runs_are_told_one_by_one),
        TEST(a_profile_is_taken_from_the_callers_ram_only), TEST(a_profile_may_end_where_the_callers_ram_ends),
        TEST(a_vm_that_is_being_made_is_in_nobodys_sight), TEST(a_creation_that_is_given_up_is_undone_before_the_next),
        TEST(a_creation_that_another_call_gave_up_begins_anew),
        TEST(a_creation_is_undone_when_the_management_vm_ends),
        TEST(a_profile_becomes_a_vm_that_can_be_booted_and_removed), TEST(the_trace_mask_is_set_on_every_cpu),
        TEST(power_is_the_management_vms),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}

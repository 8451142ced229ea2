/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls of an ordinary VM: what it may call works, everything else is an error and changes
 * nothing. */
#include "abi/hcall.h"
#include "abi/vm.h"
#include "tests/guests/lib/guest.h"

#define SMCCC_VERSION       0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define HYP_UID             0x8600ff01u
#define NOT_SUPPORTED       (-1)

static int64_t call(uint64_t number, uint64_t a, uint64_t b)
{
    return (int64_t)hvc(SHYPER_HCALL_BASE | number, a, b, 0);
}

static void what_it_may(void)
{
    struct smccc io = { { SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_VERSION } };

    hvc_call(&io);
    report(io.x[0] == 0 && io.x[1] == (SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR), "info_version answers");
    io = (struct smccc){ { SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_SELF } };
    hvc_call(&io);
    report(io.x[0] == 0 && io.x[1] > SHYPER_MVM_ID && io.x[1] < SHYPER_VM_MAX, "info_self answers");
    io = (struct smccc){ { HYP_UID } };
    hvc_call(&io);
    report(io.x[0] == SHYPER_UID_0 && io.x[1] == SHYPER_UID_1 && io.x[2] == SHYPER_UID_2 && io.x[3] == SHYPER_UID_3,
           "the UID is Shyper's");
    report(hvc(SMCCC_VERSION, 0, 0, 0) >= 0x10001, "SMCCC 1.1 or newer");
    report(hvc(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0) == 0, "SMCCC_ARCH_FEATURES knows itself");
    report((int32_t)hvc(SMCCC_ARCH_FEATURES, 0x80007abc, 0, 0) == NOT_SUPPORTED, "and not what does not exist");
}

/* Every number of the service is tried, with arguments that would be dangerous were they
 * believed. */
static void what_it_may_not(void)
{
    static const uint64_t arguments[] = { 0, 1, 0x40000000, UINT64_C(0xfffffffffffff000), UINT64_MAX };
    uint32_t accepted = 0;

    for (uint32_t number = 0; number < 0x10000; number += number >= 0x0a00 ? 0x0fff : 1) {
        if (number <= SHYPER_HCALL_INFO_SELF || number == SHYPER_HCALL_INFO_EXIT) continue;
        for (uint32_t i = 0; i < ARRAY_LEN(arguments); i++) {
            if (call(number, arguments[i], arguments[i]) >= 0 && accepted++ == 0) print("  %x was accepted\n", number);
        }
    }
    report(accepted == 0, "every other number is refused");
    report(call(SHYPER_HCALL_VM_STOP, 1, 0) == -13 /* EACCES */, "a call of the MVM is not permitted");
    report(call(SHYPER_HCALL_SYSTEM_LOG_LEVEL, SHYPER_LOG_DEBUG, 0) == -13, "nor is setting the log's level");
    report(call(SHYPER_HCALL_INFO_EXIT, UINT64_C(0x100000003), 0) < 0, "an argument too wide is refused");
}

static void other_ranges(void)
{
    static const uint64_t ids[] = {
        0, 1, 0x84000020, 0x8400ffff, 0xc4000020, 0x86000000, 0x8600ff02, 0xc200ffff, 0x81000000, 0xbf00ff01,
        0x04000000, 0xffffffff, UINT64_C(0x1000084000020), UINT64_MAX,
    };
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct smccc by_hvc = { { ids[i] } }, by_smc = { { ids[i] } };

        hvc_call(&by_hvc);
        smc_call(&by_smc);
        if ((int32_t)by_hvc.x[0] >= 0 || (int32_t)by_smc.x[0] >= 0) {
            if (wrong++ == 0) print("  %lx: %lx by HVC, %lx by SMC\n", ids[i], by_hvc.x[0], by_smc.x[0]);
        }
    }
    report(wrong == 0, "unknown ids are not supported, by HVC and by SMC");
}

static void registers_survive(void)
{
    register uint64_t x0 __asm__("x0") = SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_VERSION;
    register uint64_t x4 __asm__("x4") = 0x4444;
    register uint64_t x8 __asm__("x8") = 0x8888;
    register uint64_t x17 __asm__("x17") = 0x1717;
    register uint64_t x18 __asm__("x18") = 0x1818;
    register uint64_t x28 __asm__("x28") = 0x2828;

    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x4), "+r"(x8), "+r"(x17), "+r"(x18), "+r"(x28) : : "x1", "x2", "x3", "memory");
    report(x4 == 0x4444 && x8 == 0x8888 && x17 == 0x1717 && x18 == 0x1818 && x28 == 0x2828,
           "a call changes no register from x4 on");
}

void guest_main(void)
{
    what_it_may();
    what_it_may_not();
    other_ranges();
    registers_survive();
}

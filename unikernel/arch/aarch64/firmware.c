/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to what lies below: PSCI firmware or a hypervisor by SMCCC, a debugger by semihosting.
 * Calls that may not be there are tried: an undefined instruction lands behind it (.extable). */
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/system.h"
#include "abi/hcall.h"
#include "lib/err.h"

#define PSCI_CPU_ON             0xc4000003
#define PSCI_SYSTEM_OFF         0x84000008
#define PSCI_SYSTEM_RESET       0x84000009
#define SMCCC_VERSION           0x80000000
#define VENDOR_UID              0x8600ff01

#define SEMIHOSTING_EXIT        0x20        /* SYS_EXIT_EXTENDED */
#define EXIT_APPLICATION        0x20026

static enum conduit conduit;
static bool on_shyper;

struct smccc {
    uint64_t x0, x1, x2, x3;
    bool done;                              /* false: there is nobody to call */
};

#define CALL(instruction, in_out)                                                                  \
    do {                                                                                           \
        register uint64_t r0 __asm__("x0") = (in_out)->x0;                                         \
        register uint64_t r1 __asm__("x1") = (in_out)->x1;                                         \
        register uint64_t r2 __asm__("x2") = (in_out)->x2;                                         \
        register uint64_t r3 __asm__("x3") = (in_out)->x3;                                         \
        register uint64_t ok __asm__("x18") = 0;                                                   \
        __asm__ volatile("1: " instruction "\n"                                                    \
                         "   mov x18, #1\n"                                                        \
                         "2:\n"                                                                    \
                         ".pushsection .extable, \"a\"\n"                                          \
                         ".quad 1b, 2b\n"                                                          \
                         ".popsection"                                                             \
                         : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(ok)                        \
                         :                                                                         \
                         : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
                           "x15", "x16", "x17", "memory");                                         \
        *(in_out) = (struct smccc){ r0, r1, r2, r3, ok != 0 };                                     \
    } while (0)

/* A handler's stack is no place to fault from, so calls are made with what is there; hvc and smc
 * return to pc + 4. */
static struct smccc smccc_call3(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3)
{
    struct smccc s = { id, a1, a2, a3, false };

    if (conduit == CONDUIT_HVC) CALL("hvc #0", &s);
    else if (conduit == CONDUIT_SMC) CALL("smc #0", &s);
    return s;
}

static struct smccc smccc_call(uint64_t id, uint64_t a1) { return smccc_call3(id, a1, 0, 0); }

int psci_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t argument)
{
    struct smccc s = smccc_call3(PSCI_CPU_ON, mpidr, entry_pa, argument);

    return s.done ? (int)(int32_t)s.x0 : -ENODEV;
}

void arch_hypervisor_detect(const struct machine *m)
{
    struct smccc s;

    conduit = m->arch.psci;
    s = smccc_call(SMCCC_VERSION, 0);
    if (!s.done || (int32_t)s.x0 < 0x10001) return;
    s = smccc_call(VENDOR_UID, 0);
    if (s.x0 != 0x53687970 || s.x1 != 0x65722d43 || s.x2 != 0x2d687962 || s.x3 != 0x65727669) {
        return;
    }
    on_shyper = true;
    s = smccc_call(SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_SELF, 0);
    if (s.x0 == 0) log_text("Running on Shyper, VM %lu\n", s.x1);
}

/* hlt is a breakpoint for an attached debugger or emulator, and undefined without one. */
static void semihosting_exit(int status)
{
    uint64_t block[2] = { EXIT_APPLICATION, (uint64_t)(unsigned)status };
    struct smccc s = { SEMIHOSTING_EXIT, (uint64_t)block, 0, 0, false };

    CALL("hlt #0xf000", &s);
}

void arch_exit(int status)
{
    (void)arch_irq_save();
    if (on_shyper) {
        (void)smccc_call(SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_EXIT, (uint64_t)(unsigned)status);
    } else {
        semihosting_exit(status);
    }
    (void)smccc_call(PSCI_SYSTEM_OFF, 0);
    log_text("System halted, status %d: no way to power off was found\n", status);
    for (;;) wfi();
}

void arch_reset(void)
{
    (void)arch_irq_save();
    (void)smccc_call(PSCI_SYSTEM_RESET, 0);
    log_text("System halted: no way to reset was found\n");
    for (;;) wfi();
}

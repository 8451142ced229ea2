/* SPDX-License-Identifier: Apache-2.0 */
/* AArch32 at EL0 is not part of the CPU guests are promised, but nobody can keep a guest from entering it where the CPU has
 * it: whatever it does there comes back to the guest's own EL1. */
#include "tests/guests/lib/guest.h"

#define A32 0x1d0u                      /* user mode, interrupts masked */
#define T32 (A32 | 0x20u)

extern const char a32_vectors[];
void a32_run(const void *code, uint64_t spsr);

__asm__(".balign 2048\n"
        "a32_vectors:\n"
        ".rept 16\n .balign 128\n b a32_back\n .endr\n"
        "a32_run:\n"
        " stp x19, x20, [sp, #-96]!\n stp x21, x22, [sp, #16]\n stp x23, x24, [sp, #32]\n stp x25, x26, [sp, #48]\n"
        " stp x27, x28, [sp, #64]\n stp x29, x30, [sp, #80]\n"
        " msr elr_el1, x0\n msr spsr_el1, x1\n isb\n eret\n"
        "a32_back:\n"
        " ldp x21, x22, [sp, #16]\n ldp x23, x24, [sp, #32]\n ldp x25, x26, [sp, #48]\n"
        " ldp x27, x28, [sp, #64]\n ldp x29, x30, [sp, #80]\n ldp x19, x20, [sp], #96\n ret\n");

/* Each ends with svc at the latest. Exception class expected in the guest: 0x11 is that svc, 0 an undefined instruction. */
static const struct {
    const char *what;
    uint32_t code[4], spsr, class;
} tries[] = {
    { "svc", { 0xef000000 }, A32, 0x11 },
    { "wfi, then svc", { 0xe320f003, 0xef000000 }, A32, 0x11 },
    { "short wfi, then svc", { 0xdf00bf30 }, T32, 0x11 },
    { "wfe, then svc", { 0xe320f002, 0xef000000 }, A32, 0x11 },
    { "hvc", { 0xe1400070, 0xef000000 }, A32, 0 },
    { "smc", { 0xe1600070, 0xef000000 }, A32, 0 },
    { "main id register", { 0xee100f10, 0xef000000 }, A32, 0 },
    { "a device register", { 0xe3a00409, 0xe5901018, 0xef000000 }, A32, 0x11 },
    { "a device register by a short ldr, then svc", { 0x06002009, 0xdf006981, 0xde00de00 }, T32, 0x11 },
};

void guest_main(void)
{
    uint64_t vectors = read_sysreg(vbar_el1);

    write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | BIT64(16) | BIT64(18));   /* WFI and WFE are EL0's, or the hypervisor's */
    isb();
    gic_init();
    gic_enable(VTIMER_INTID);
    timer_set(time_now());              /* pending: a WFI ends */
    for (uint32_t i = 0; i < ARRAY_LEN(tries); i++) {
        uint64_t esr;

        write_sysreg(vbar_el1, (uintptr_t)a32_vectors);
        isb();
        a32_run(tries[i].code, tries[i].spsr);
        esr = read_sysreg(esr_el1);
        write_sysreg(vbar_el1, vectors);
        isb();
        report(ESR_CLASS(esr) == tries[i].class, "AArch32: %s: syndrome %lx", tries[i].what, esr);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated devices meet every access: all offsets at all widths, and the forms no emulation can
 * decode. Each is answered, or is an external abort at that address; the guest goes on. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

static void read_every_offset(uint64_t base, uint64_t bytes, const char *name)
{
    uint32_t answered = 0, aborted = 0, strange = 0;

    for (uint32_t size = 1; size <= 8; size *= 2) {
        for (uint64_t at = base; at < base + bytes; at += size) {
            struct trap t;

            (void)mem_read(at, size, &t);
            if (t.count == 0) {
                answered++;
            } else if (is_external_abort(&t, at)) {
                aborted++;
            } else if (strange++ == 0) {
                print("  %u bytes at %lx: esr %lx, far %lx\n", size, at, t.esr, t.far);
            }
        }
    }
    report(strange == 0 && answered > 0, "%s: %u reads answered, %u aborted", name, answered, aborted);
}

static void write_every_offset(uint64_t base, uint64_t from, uint64_t to, uint64_t value, const char *name)
{
    uint32_t answered = 0, aborted = 0, strange = 0;

    for (uint32_t size = 1; size <= 8; size *= 2) {
        for (uint64_t at = base + from; at < base + to; at += size) {
            struct trap t;

            mem_write(at, value, size, &t);
            if (t.count == 0) {
                answered++;
            } else if (is_external_abort(&t, at)) {
                aborted++;
            } else {
                strange++;
            }
        }
    }
    report(strange == 0 && answered > 0, "%s: %u writes of %lx answered, %u aborted", name, answered, value, aborted);
}

/* The base register, two for the data, and a vector register stay as they are. */
#define FORM(text)                                                                                 \
    ({                                                                                             \
        uint64_t form_at = UART_BASE + 0x18;                                                       \
        trap_arm();                                                                                \
        register uint64_t form_x9 __asm__("x9") = 9, form_x10 __asm__("x10") = 10;                 \
        register uint64_t form_d0 __asm__("x11") = 11;                                             \
        __asm__ volatile(".arch_extension simd\n fmov d0, x11\n" text                             \
                         "\n fmov x11, d0\n .arch_extension nosimd\n"                             \
                         : "+r"(form_at), "+r"(form_x9), "+r"(form_x10), "+r"(form_d0)             \
                         :                                                                         \
                         : "memory");                                                              \
        bool form_kept = form_at == UART_BASE + 0x18 && form_x9 == 9 && form_x10 == 10 && form_d0 == 11; \
        struct trap form_trap = trap_taken();                                                      \
        if (!report(is_external_abort_of_form(&form_trap) && form_kept,                            \
                    "`%s` on a device aborts and changes nothing", text)) {                        \
            print("  %lu traps, esr %lx, base %lx\n", form_trap.count, form_trap.esr, form_at);    \
        }                                                                                          \
    })

static bool is_external_abort_of_form(const struct trap *t)
{
    return t->count == 1 && ESR_CLASS(t->esr) == EC_DATA_ABORT && ESR_FAULT(t->esr) == FAULT_EXTERNAL;
}

static void loads_extend(void)
{
    uint64_t id, value;

    /* PeriphID1 is 0x10, PCellID1 0xf0, PCellID3 0xb1: a byte with its top bit set. */
    id = UART_BASE + 0xffc;
    __asm__ volatile("ldrsb %0, [%1]" : "=r"(value) : "r"(id));
    report(value == UINT64_C(0xffffffffffffffb1), "LDRSB extends to 64 bits");
    __asm__ volatile("ldrsb %w0, [%1]" : "=r"(value) : "r"(id));
    report(value == 0xffffffb1, "LDRSB extends to 32 bits");
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(id));
    report(value == 0xb1, "LDRB does not");
    __asm__ volatile("ldr wzr, [%0]" : : "r"(id) : "memory");
    report(true, "a load to XZR is taken");
    __asm__ volatile("ldar %w0, [%1]" : "=r"(value) : "r"(id));
    report(value == 0xb1, "LDAR works");
}

void guest_main(void)
{
    struct trap t;

    loads_extend();
    write_sysreg(cpacr_el1, UINT64_C(3) << 20);
    isb();
    FORM("ldp w9, w10, [%0]");
    FORM("stp wzr, wzr, [%0]");
    FORM("ldr w9, [%0], #4");
    FORM("ldr w9, [%0, #4]!");
    FORM("str wzr, [%0], #4");
    FORM("ldxr w9, [%0]");
    FORM("ldr w9, [%0], #-4");
    FORM("ldp x9, x10, [%0], #16");
    FORM("ldr d0, [%0]");
    FORM("str q0, [%0]");
    FORM("ldr s0, [%0, #4]!");
    FORM("ld1 {v0.4s}, [%0]");
    FORM("st1 {v0.8b}, [%0]");
    read_every_offset(GICD_BASE, 0x1000, "GICD");
    write_every_offset(GICD_BASE, 0x080, 0x1000, ~UINT64_C(0), "GICD");
    write_every_offset(GICD_BASE, 0x080, 0x1000, 0, "GICD");
    if (gic_version == 3) {
        read_every_offset(GICR_BASE, 0x20000, "GICR");
        write_every_offset(GICR_BASE, 0x10080, 0x11000, ~UINT64_C(0), "GICR SGI frame");
        write_every_offset(GICR_BASE, 0x10080, 0x11000, 0, "GICR SGI frame");
        (void)mem_read(GICR_BASE + 0x20000 * CPUS_MAX, 4, &t);
        report(is_external_abort(&t, GICR_BASE + 0x20000 * CPUS_MAX), "nothing behind the last redistributor");
    }
    read_every_offset(UART_BASE, 0x1000, "UART");
    (void)mem_read(UART_BASE + 0x1000, 4, &t);
    report(is_external_abort(&t, UART_BASE + 0x1000), "nothing behind the UART");
}

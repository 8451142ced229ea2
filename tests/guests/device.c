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

#define FORM(text)                                                                                 \
    ({                                                                                             \
        uint64_t form_at = UART_BASE + 0x18;                                                       \
        trap_arm();                                                                                \
        __asm__ volatile(text : "+r"(form_at) : : "x9", "x10", "memory");                          \
        struct trap form_trap = trap_taken();                                                      \
        if (!report(form_trap.count == 1 && ESR_CLASS(form_trap.esr) == EC_DATA_ABORT              \
                        && ESR_FAULT(form_trap.esr) == FAULT_EXTERNAL && form_at == UART_BASE + 0x18, \
                    "`%s` on a device aborts and changes nothing", text)) {                        \
            print("  %lu traps, esr %lx, base %lx\n", form_trap.count, form_trap.esr, form_at);    \
        }                                                                                          \
    })

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
    FORM("ldp w9, w10, [%0]");
    FORM("stp wzr, wzr, [%0]");
    FORM("ldr w9, [%0], #4");
    FORM("ldr w9, [%0, #4]!");
    FORM("str wzr, [%0], #4");
    FORM("ldxr w9, [%0]");
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

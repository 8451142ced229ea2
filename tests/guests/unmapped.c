/* SPDX-License-Identifier: Apache-2.0 */
/* Where the VM has nothing, it gets the external abort a bus without a device there would answer
 * with, and goes on. */
#include "tests/guests/lib/guest.h"

static void data_abort_at(uint64_t at)
{
    struct trap t;
    bool ok = true;

    for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
        (void)mem_read(at, bytes, &t);
        ok = ok && is_external_abort(&t, at);
        mem_write(at, ~UINT64_C(0), bytes, &t);
        ok = ok && is_external_abort(&t, at);
    }
    if (!report(ok, "reads and writes at %lx abort", at)) print("  esr %lx far %lx\n", t.esr, t.far);
}

static struct trap jump(uint64_t to)
{
    trap_arm();
    ((void (*)(void))(uintptr_t)to)();
    return trap_taken();
}

static void fetch_abort_at(uint64_t at)
{
    struct trap t = jump(at);
    bool ok = t.count == 1 && ESR_CLASS(t.esr) == EC_FETCH_ABORT && ESR_FAULT(t.esr) == FAULT_EXTERNAL && t.elr == at;

    if (!report(ok, "jump to %lx aborts", at)) print("  %lu: esr %lx elr %lx\n", t.count, t.esr, t.elr);
}

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    uint64_t end = dtb_u64(memory) + dtb_u64(memory + 8);
    const uint64_t nothing[] = { 0, 0x08002000 + 0x40000, 0x0a000000, 0x3ffffff8, end, end + 0x12345678, 0x100000000,
                                 0x8000000000 };
    struct trap t;

    for (uint32_t i = 0; i < ARRAY_LEN(nothing); i++) data_abort_at(nothing[i]);
    for (uint32_t i = 0; i < ARRAY_LEN(nothing); i++) fetch_abort_at(nothing[i]);
    fetch_abort_at(UART_BASE);
    fetch_abort_at(GICD_BASE);
    if (gic_version == 2) fetch_abort_at(GICC_BASE);        /* a page that is there, and not for this */
    t = jump((uintptr_t)guest_main + 1);
    if (!report(t.count == 1 && ESR_CLASS(t.esr) == EC_PC_ALIGN, "a jump to an odd address is an alignment fault")) {
        print("  %lu: esr %lx elr %lx\n", t.count, t.esr, t.elr);
    }
    (void)mem_read(UINT64_C(0xfffffffffffff000), 8, &t);
    report(t.count == 1 && ESR_CLASS(t.esr) == EC_DATA_ABORT, "an address no CPU can put out aborts");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* More interrupts at once than any list register file holds: two dozen pending, eight nested in each other, eight active
 * with split ends. Acknowledged and ended by hand with interrupts masked, so that every step is this program's. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICD  ((volatile void *)(uintptr_t)GICD_BASE)
#define GICC  ((volatile void *)(uintptr_t)GICC_BASE)
#define FIRST 40u                       /* shared interrupts no device drives */
#define MANY  24u
#define DEEP  8u

#define ISENABLER  0x100u
#define ISPENDR    0x200u
#define ISACTIVER  0x300u
#define ICACTIVER  0x380u
#define IPRIORITYR 0x400u
#define ICFGR      0xc00u
#define CPENDSGIR  0xf10u
#define SPENDSGIR  0xf20u
#define NOTHING    1023u

static uint32_t ack(void)
{
    uint32_t iar;

    dsb();
    iar = gic_version == 2 ? mmio_read32(GICC, 0xc) : (uint32_t)read_sysreg(S3_0_C12_C12_0);
    dsb();
    return iar;
}

static void eoi(uint32_t iar)
{
    if (gic_version == 2) mmio_write32(GICC, 0x10, iar);
    else write_sysreg(S3_0_C12_C12_1, iar);
    dsb();
    isb();
}

static void dir(uint32_t iar)
{
    if (gic_version == 2) mmio_write32(GICC, 0x1000, iar);
    else write_sysreg(S3_0_C12_C11_1, iar);
    dsb();
    isb();
}

static void split_ends(bool on)
{
    if (gic_version == 2) mmio_write32(GICC, 0, on ? 0x201 : 1);
    else write_sysreg(S3_0_C12_C12_4, on ? 2 : 0);
    isb();
}

static void bit(uint32_t bank, uint32_t intid)
{
    mmio_write32(GICD, bank + intid / 32 * 4, 1u << intid % 32);
    dsb();
}

static uint32_t count_set(uint32_t bank)
{
    uint32_t n = 0;

    for (uint64_t set = mmio_read32(GICD, bank + 4); set != 0; set &= set - 1) n++;
    return n;
}

static void priority(uint32_t intid, uint32_t value)
{
    mmio_write8(GICD, IPRIORITYR + intid, (uint8_t)value);
    dsb();
}

/* All at once, in an order unrelated to their priorities. */
static void many(void)
{
    uint32_t taken = 0, last = 0, at = 0, disorder = 0, iar;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < MANY; i++) priority(FIRST + i, (i * 7 % MANY + 1) * 8);
    for (uint32_t i = 0; i < MANY; i++) bit(ISPENDR, FIRST + i * 5 % MANY);
    while ((iar = ack()) < 1020 && at++ < 2 * MANY) {
        uint32_t now = mmio_read8(GICD, IPRIORITYR + iar);

        disorder += now < last;
        last = now;
        seen |= BIT64(iar);
        taken++;
        eoi(iar);
    }
    report(taken == MANY && seen == MASK64(FIRST + MANY - 1, FIRST), "%u pending at once: each taken once", MANY);
    report(disorder == 0, "most urgent first");
    report(count_set(ISPENDR) == 0 && count_set(ISACTIVER) == 0, "nothing is left");
}

static void nested(uint32_t rounds)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < DEEP; i++) priority(FIRST + i, 0x90 - i * 0x10);
    while (rounds-- > 0) {
        for (uint32_t i = 0; i < DEEP; i++) {
            bit(ISPENDR, FIRST + i);
            wrong += ack() != FIRST + i;
            if (i > 0) bit(ISPENDR, FIRST + i - 1);         /* less urgent: has to wait for both */
            wrong += ack() < 1020;
        }
        wrong += count_set(ISACTIVER) != DEEP;
        for (uint32_t i = DEEP; i-- > 0;) {
            eoi(FIRST + i);
            wrong += count_set(ISACTIVER) != i;
        }
        for (uint32_t i = DEEP - 1; i-- > 0;) {
            uint32_t iar = ack();

            wrong += iar != FIRST + i;
            if (iar < 1020) eoi(iar);
        }
        wrong += ack() < 1020;
    }
    report(wrong == 0, "%u deep: each preempts, each ends, each comes again (%u wrong)", DEEP, wrong);
    report(count_set(ISPENDR) == 0 && count_set(ISACTIVER) == 0, "nothing is left");
}

/* Ends by hand, in the order they came. Two stay active while everything else goes on around them. */
static void split(void)
{
    uint32_t wrong = 0;

    split_ends(true);
    for (uint32_t i = 0; i < 2; i++) {
        bit(ISPENDR, FIRST + i);
        wrong += ack() != FIRST + i;
        eoi(FIRST + i);
    }
    wrong += count_set(ISACTIVER) != 2;
    for (uint32_t i = 2; i < MANY; i++) bit(ISPENDR, FIRST + i);
    for (uint32_t i = 2; i < MANY; i++) {
        uint32_t iar = ack();

        wrong += iar >= 1020;
        eoi(iar);
        dir(iar);
    }
    wrong += ack() < 1020;
    wrong += count_set(ISACTIVER) != 2;
    bit(ISPENDR, FIRST);
    wrong += ack() < 1020;
    dir(FIRST);
    wrong += ack() != FIRST;
    eoi(FIRST);
    dir(FIRST);
    dir(FIRST + 1);
    wrong += count_set(ISACTIVER) != 0;
    report(wrong == 0, "split ends: active until deactivated (%u wrong)", wrong);
    split_ends(false);
}

static void activated_by_hand(void)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < MANY; i++) bit(ISACTIVER, FIRST + i);
    wrong += count_set(ISACTIVER) != MANY;
    for (uint32_t i = 0; i < MANY; i++) bit(ISPENDR, FIRST + i);
    wrong += ack() < 1020;
    for (uint32_t i = 0; i < MANY; i++) bit(ICACTIVER, FIRST + i);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t iar = ack();

        wrong += iar >= 1020;
        if (iar < 1020) eoi(iar);
    }
    report(wrong == 0 && ack() >= 1020, "%u activated by hand: none taken before it is deactivated (%u wrong)", MANY, wrong);
}

static void sgi_sources(void)
{
    uint32_t iar;

    mmio_write8(GICD, SPENDSGIR + 5, 1);
    mmio_write8(GICD, SPENDSGIR + 6, 1);
    report(mmio_read32(GICD, SPENDSGIR + 4) == 0x00010100, "SGIs pended by their source");
    mmio_write8(GICD, CPENDSGIR + 5, 1);
    iar = ack();
    report(iar == 6 && mmio_read32(GICD, CPENDSGIR + 4) == 0, "and cleared");
    eoi(iar);
    report(ack() == NOTHING, "nothing else");
}

void guest_main(void)
{
    gic_init();
    mmio_write32(GICD, ICFGR + 8, 0xaaaa0000);              /* 40 to 63 are edges */
    mmio_write32(GICD, ICFGR + 12, 0xaaaaaaaa);
    for (uint32_t i = 0; i < MANY; i++) gic_enable(FIRST + i);
    many();
    nested(20);
    split();
    activated_by_hand();
    if (gic_version == 2) sgi_sources();
    report(ack() >= 1020, "nothing is spurious");
}

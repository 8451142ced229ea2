/* SPDX-License-Identifier: Apache-2.0 */
/* Too much of everything as deeds: interrupts, timers, sleeping and waking, console output. */
#include "tests/guests/attack/attack.h"

#include "lib/mmio.h"

#define GICD     ((volatile void *)(uintptr_t)GICD_BASE)

static uint64_t typed_at;

void sgi_storm(struct attacker *a)
{
    for (uint64_t n = draw_below(a, 32); n > 0; n--) {
        if (gic_version == 2) {
            mmio_write32(GICD, 0xf00, (uint32_t)draw(a));
        } else if (draw_below(a, 8) != 0) {
            write_sysreg(S3_0_C12_C11_5,
                         draw(a) & UINT64_C(0x0f0000ff)); /* ICC_SGI1R_EL1: our own vCPUs */
        } else {
            write_sysreg(S3_0_C12_C11_5, draw(a));
            write_sysreg(S3_0_C12_C11_6, draw(a));
            write_sysreg(S3_0_C12_C11_7, draw(a));
        }
        if (draw_below(a, 16) == 0) irq_poll();
    }
}

/* All shared interrupts at once: enabled, anyhow configured, pended by hand, some made active. */
void spi_storm(struct attacker *a)
{
    for (uint32_t word = 1; word < 4; word++) {
        uint32_t at = word * 4;

        mmio_write32(GICD, 0xc00 + word * 8, (uint32_t)draw(a));
        mmio_write32(GICD, 0x080 + at, gic_version == 3 ? ~0u : 0);
        for (uint32_t i = 0; i < 32; i += 4)
            mmio_write32(GICD, 0x400 + word * 32 + i, (uint32_t)draw(a));
        mmio_write32(GICD, 0x100 + at, (uint32_t)draw(a));
        mmio_write32(GICD, 0x200 + at, (uint32_t)draw(a));
        mmio_write32(GICD, 0x300 + at, (uint32_t)(draw(a) & draw(a) & draw(a)));
    }
    for (uint64_t n = draw_below(a, 32); n > 0; n--) irq_poll();
    for (uint32_t word = 1; word < 4; word++) {
        mmio_write32(GICD, 0x180 + word * 4, ~0u);
        mmio_write32(GICD, 0x280 + word * 4, ~0u);
        mmio_write32(GICD, 0x380 + word * 4, ~0u);
    }
    put_in_order(a);
}

void timer_storm(struct attacker *a)
{
    for (uint64_t n = draw_below(a, 64); n > 0; n--) {
        uint64_t at =
            draw_below(a, 4) == 0 ? draw_number(a) : time_now() + draw_below(a, time_hz() / 10000);

        write_sysreg(cntv_cval_el0, at);
        write_sysreg(cntp_cval_el0, at + draw_below(a, 100));
        write_sysreg(cntp_ctl_el0, draw(a) & 3);
        write_sysreg(cntv_ctl_el0, draw(a) & 3);
        isb();
        irq_poll();
    }
    put_in_order(a);
}

/* Sleep is always for a short time: the timer is set before. */
void sleep_storm(struct attacker *a)
{
    for (uint64_t n = draw_below(a, 8); n > 0; n--) {
        timer_ready();
        timer_set(time_now() + draw_below(a, time_hz() / 5000));
        switch (draw_below(a, 4)) {
        case 0:  __asm__ volatile("sev; wfe; wfe; sev" : : : "memory"); break;
        case 1:  __asm__ volatile("yield; isb" : : : "memory"); break;
        case 2:  hvc(PSCI_CPU_SUSPEND | (draw(a) & PSCI_64), 0, draw_address(a), draw(a)); break;
        default: __asm__ volatile("dsb sy; wfi" : : : "memory"); break;
        }
        irq_poll();
    }
    put_in_order(a);
}

/* Everything a terminal could mind; not all the time, because the machine's log keeps it. */
void console_storm(struct attacker *a)
{
    static const char set[] = "abc 09~\r\n\t\033[2J\033[H\x1d\x1f\x7f\b\a\0\xff\xc3";

    if (time_now() - typed_at < time_hz() / 10) return;
    typed_at = time_now();
    for (uint64_t n = draw_below(a, 200); n > 0; n--) {
        mmio_write32((volatile void *)(uintptr_t)UART_BASE, 0,
                     (uint8_t)set[draw_below(a, sizeof(set))]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses as deeds: device registers at every width and offset, addresses where nothing is. */
#include "tests/guests/attack/attack.h"

#define DEVICES_FROM UINT64_C(0x08000000)
#define DEVICES_TO   UINT64_C(0x0a000000)

static uint64_t next_offset[CPUS_MAX];

static void access(struct attacker *a, uint64_t at, uint32_t bytes)
{
    struct trap t;

    if (at < UART_BASE + 4 && at + bytes > UART_BASE) return; /* characters are another deed's */
    if (draw(a) & 1) {
        mem_write(at, draw_number(a), bytes, &t);
    } else {
        (void)mem_read(at, bytes, &t);
    }
    a->traps += t.count;
}

/* Frames of the interrupt controller and the UART, and the first bytes behind each. */
static uint64_t frame(uint64_t n, uint64_t *bytes)
{
    static const uint64_t at[] = { GICD_BASE, GICC_BASE, UART_BASE };

    *bytes = n == 1 ? 0x2100 : 0x1010;
    if (gic_version == 3 && n == 0) *bytes = 0x10010;
    if (n < ARRAY_LEN(at)) return at[n];
    *bytes = 0x20010;
    return GICR_BASE + (n - ARRAY_LEN(at)) * 0x20000;
}

void any_access(struct attacker *a)
{
    uint64_t bytes, base = frame(draw_below(a, 3 + cpus), &bytes);

    access(a, base + draw_below(a, bytes), 1u << draw_below(a, 4));
}

/* Every offset in turn, at each width: the aligned ones reach the device. */
void next_access(struct attacker *a)
{
    uint64_t frames = 3 + (gic_version == 3 ? cpus : 0), bytes, base, n = next_offset[a->cpu]++;

    base = frame(n % frames, &bytes);
    n /= frames;
    access(a, base + n % bytes, 1u << n / bytes % 4);
}

static bool is_nowhere(uint64_t at)
{
    return (at < ram_base || at >= ram_end) && (at < DEVICES_FROM || at >= DEVICES_TO);
}

/* Where the VM has nothing there is an abort, never an answer. */
void wild_pointer(struct attacker *a)
{
    uint32_t bytes = 1u << draw_below(a, 4);
    uint64_t at = draw_address(a) & ~(uint64_t)(bytes - 1);
    struct trap t;

    if (!is_nowhere(at)) return;
    if (draw(a) & 1) {
        (void)mem_read(at, bytes, &t);
    } else {
        mem_write(at, draw(a), bytes, &t);
    }
    a->traps += t.count;
    a->wrong += t.count == 0;
}

void wild_fetch(struct attacker *a)
{
    uint64_t at = draw_address(a);

    if (!is_nowhere(at)) return;
    trap_arm();
    ((void (*)(void))(uintptr_t)at)();
    a->traps += trap_taken().count;
}

void fault_storm(struct attacker *a)
{
    trap_arm();
    for (uint64_t n = draw_below(a, 200); n > 0; n--) {
        (void)*(volatile uint8_t *)(uintptr_t)0x10000000;
        __asm__ volatile("hint #0; .word 0x00000000; mrs x9, hcr_el2" : : : "x9");
    }
    a->traps += trap_taken().count;
}

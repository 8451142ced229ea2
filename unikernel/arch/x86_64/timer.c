/* SPDX-License-Identifier: Apache-2.0 */
/* The time-stamp counter and how fast it runs: what the CPU says, else measured against the 8254,
 * whose frequency is the PC's oldest constant. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"

#define PIT_HZ      1193182U
#define PIT_DATA    0x42
#define PIT_COMMAND 0x43
#define PIT_GATE    0x61
#define SHORT_TICKS 46U             /* on an emulator, which reads the counter at once */
#define LONG_TICKS  12000U
#define TRIES       8U

static uint16_t pit_read(void)
{
    uint8_t low;

    port_write8(PIT_COMMAND, 0x80);                     /* latch channel 2 */
    low = port_read8(PIT_DATA);
    return (uint16_t)(low | port_read8(PIT_DATA) << 8);
}

/* Time stamp of the moment at which the counter, counting down, has just passed `until`. */
static uint64_t pit_wait(uint16_t until)
{
    while (pit_read() > until) { }
    return tsc_read();
}

static uint64_t measure(uint16_t ticks)
{
    uint64_t from;
    uint16_t start;

    port_write8(PIT_GATE, (port_read8(PIT_GATE) & 0xfd) | 1);    /* gate on, speaker off */
    port_write8(PIT_COMMAND, 0xb0);                     /* channel 2, both bytes, counts once */
    port_write8(PIT_DATA, 0xff);
    port_write8(PIT_DATA, 0xff);
    start = (uint16_t)(pit_read() - 2);
    from = pit_wait(start);
    return (pit_wait((uint16_t)(start - ticks)) - from) * PIT_HZ / ticks;
}

static bool is_emulated(void)
{
    struct cpuid c = cpuid(0x40000000, 0);

    return c.b == 0x54474354 && c.c == 0x43544743;      /* TCGTCGTCGTCG */
}

/* Two measures in a row that differ by less than a thousandth; whoever interrupts the emulator
 * spoils one of them. */
static uint64_t measured(void)
{
    uint16_t ticks = is_emulated() ? SHORT_TICKS : LONG_TICKS;
    uint64_t last = measure(ticks), hz = last;

    for (unsigned i = 0; i < TRIES; i++) {
        hz = measure(ticks);
        if ((hz > last ? hz - last : last - hz) < hz / 1000) break;
        last = hz;
    }
    return hz;
}

uint64_t arch_ticks(void) { return tsc_read(); }

uint64_t arch_ticks_per_second(void)
{
    static uint64_t hz;
    struct cpuid c = { 0, 0, 0, 0 };

    if (hz != 0) return hz;
    if (cpuid(0, 0).a >= 0x15) c = cpuid(0x15, 0);
    hz = c.a != 0 && c.c != 0 ? (uint64_t)c.c * c.b / c.a : measured();
    return hz;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The victim: beside an attacker it does nothing but look at what is its own, on every vCPU, until
 * `seconds` of the command line are over (since the machine's start), and once at least: memory and program, counter
 * and timer, interrupts between vCPUs, registers, console. It reports how late a timer was at
 * worst; `late_us` of the command line, if it is given, is what it accepts. */
#include "tests/guests/lib/registers.h"

#define CHUNK   UINT64_C(0x40000)       /* of memory looked at in one round */
#define SHARE   UINT64_C(0x400000)      /* of memory looked at by one vCPU */
#define SGI     5u

struct watch {
    uint64_t random, rounds;
    uint64_t memory, program, backwards, early, late, lost, strange, registers; /* found wrong */
    uint64_t late_max, last_seen, fired_at;
    uint64_t fp[64] aligned_to(16), found[64] aligned_to(16);
};

static struct watch watches[CPUS_MAX];
static uint64_t ram_base, ram_end, image_sum, end;
static uint32_t cpus;

static uint64_t draw(struct watch *w)           /* splitmix64 */
{
    uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void on_irq(uint32_t intid)
{
    struct watch *w = &watches[cpu_id()];

    if (intid == VTIMER_INTID) {
        w->fired_at = time_now();
        timer_off();
    } else if (intid != SGI) {
        w->strange++;
    }
}

/* --- memory and program --- */

static uint64_t pattern(uint64_t at, uint64_t round)
{
    return (at ^ round << 40) * UINT64_C(0x9e3779b97f4a7c15);
}

static void look_at_memory(struct watch *w, uint32_t cpu)
{
    uint64_t parts = SHARE / CHUNK, round = w->rounds / parts;
    uint64_t from = ram_end - (cpu + 1) * SHARE + w->rounds % parts * CHUNK;

    for (uint64_t at = from; at < from + CHUNK; at += 8) {
        volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)at;

        w->memory += *word != (round == 0 ? 0 : pattern(at, round - 1));
        *word = pattern(at, round);
    }
}

static uint64_t sum_of_program(void)
{
    extern const char _start[], _constant_end[];
    uint64_t sum = 0;

    for (const char *at = _start; at < _constant_end; at += 8) {
        sum = sum * 31 + *(const volatile uint64_t *)(const void *)at;
    }
    return sum;
}

/* --- time and interrupts --- */

static void look_at_time(struct watch *w, uint32_t cpu)
{
    uint64_t now = time_now(), due = now + time_hz() / 1000 + draw(w) % (time_hz() / 500);

    for (uint32_t i = 0; i < cpus; i++)
        w->backwards += *(volatile uint64_t *)&watches[i].last_seen > time_now();
    w->last_seen = now;
    w->fired_at = 0;
    timer_set(due);
    while (w->fired_at == 0) {
        if (draw(w) & 1) {
            irq_wait();
        } else {
            irq_poll();
        }
    }
    w->early += w->fired_at < due;
    w->late_max = MAX(w->late_max, w->fired_at - due);
    w->lost += irqs_taken(cpu, VTIMER_INTID) != w->rounds + 1;
}

static void look_at_sgis(struct watch *w, uint32_t cpu)
{
    uint32_t before = irqs_taken(cpu, SGI);

    gic_send_sgi(cpu, SGI);
    while (irqs_taken(cpu, SGI) == before) irq_poll();
}

/* --- registers --- */

static void look_at_registers(struct watch *w)
{
    uint64_t want[KEEPING_COUNT], until = time_now() + time_hz() / 1000, n = 0;

    for (uint32_t i = 0; i < ARRAY_LEN(w->fp); i++) w->fp[i] = draw(w);
    write_sysreg(cpacr_el1, UINT64_C(3) << 20);
    isb();
    __asm__ volatile(VECTOR_PAIRS("ldp", "%0") : : "r"(w->fp) : "memory");
#define WRITE(reg, bits) want[n] = draw(w) & (bits); write_sysreg(reg, want[n]); n++;
    KEEPING_REGISTERS(WRITE)
    isb();
    while (time_now() < until) irq_poll();
    __asm__ volatile(VECTOR_PAIRS("stp", "%0") : : "r"(w->found) : "memory");
    for (uint32_t i = 0; i < ARRAY_LEN(w->fp); i++) w->registers += w->found[i] != w->fp[i];
    n = 0;
#define CHECK(reg, bits) w->registers += (read_sysreg(reg) & (bits)) != want[n]; n++;
    KEEPING_REGISTERS(CHECK)
}

static void look_around(void *arg)
{
    uint32_t cpu = cpu_id(), seconds = 0;
    struct watch *w = &watches[cpu];

    w->random = cpu;
    gic_init();
    gic_enable(VTIMER_INTID);
    gic_enable(SGI);
    do {
        look_at_memory(w, cpu);
        look_at_time(w, cpu);
        look_at_sgis(w, cpu);
        look_at_registers(w);
        w->program += sum_of_program() != image_sum;
        w->rounds++;
        while (cpu == 0 && seconds < time_now() / time_hz())
            print("second %u, and all is well\n", ++seconds);
    } while (time_now() < end);
}

static uint64_t sum(uint64_t offset)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < cpus; i++) all += *(uint64_t *)(void *)((char *)&watches[i] + offset);
    return all;
}

#define NONE(field, what)                                         \
    report(sum(offsetof(struct watch, field)) == 0, what ": %lu", \
           sum(offsetof(struct watch, field)))

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    uint64_t accepted = argument("late_us", 0), late = 0;

    ram_base = dtb_u64(memory);
    ram_end = ram_base + dtb_u64(memory + 8);
    end = argument("seconds", 10) * time_hz();
    cpus = dtb_cpus();
    image_sum = sum_of_program();
    irq_hook = on_irq;
    for (uint32_t i = 1; i < cpus; i++) cpu_start(i, look_around, NULL);
    look_around(NULL);
    for (uint32_t i = 1; i < cpus; i++) {
        while (cpu_state(i) == 0) {}
    }
    for (uint32_t i = 0; i < cpus; i++) late = MAX(late, watches[i].late_max);
    late = late * 1000000 / time_hz();
    print("%lu rounds, timers at most %lu us late\n", sum(offsetof(struct watch, rounds)), late);
    NONE(memory, "words of memory that changed");
    NONE(program, "times the program had changed");
    NONE(backwards, "times the counter went backwards");
    NONE(early, "timers too early");
    NONE(lost, "timers that interrupted twice or not at all");
    NONE(strange, "interrupts of others");
    NONE(registers, "registers that changed");
    if (accepted != 0) report(late <= accepted, "timers at most %lu us late: %lu", accepted, late);
}

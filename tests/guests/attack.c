/* SPDX-License-Identifier: Apache-2.0 */
/* The attacker: all its vCPUs try whatever could harm the hypervisor or another VM, until
 * `seconds` of the command line are over (since the machine's start). What they do is drawn from
 * `seed`, which is printed.
 *
 * With several vCPUs, and unless the command line says `mortal=0`, some deeds may ruin the vCPU
 * that does them, or the whole VM. The others notice that it does not go on, and reset the VM; what
 * was counted so far survives in RAM that no image covers. The attacker ends with its own report,
 * or the test fails. */
#include "tests/guests/attack/attack.h"

#include "lib/mmio.h"

#define WATCHDOG  0x82003d06u /* and its function PET: beats, for whoever asked for a heartbeat */
#define PET       3u
#define MAGIC     UINT64_C(0xa77acced0bad5eed)

/* Survives a reset of the VM. */
struct past {
    uint64_t magic, lives, deeds, traps, wrong, sum;
};

struct attacker attackers[CPUS_MAX];
uint32_t cpus;
uint64_t ram_base, ram_end;
static struct past *past, before;
static uint64_t seed, born, end;
static bool mortal;
static volatile bool over;

static deed_fn *const deeds[] = {
    next_call,     next_call,     any_call,     odd_call,        cpu_race,
    next_register, next_register, any_register, any_maintenance, any_form,
    any_form,      odd_words,     any_return,   next_access,     next_access,
    any_access,    wild_pointer,  wild_fetch,   fault_storm,     any_tables,
    sgi_storm,     spi_storm,     timer_storm,  sleep_storm,     console_storm,
};
static deed_fn *const deadly[] = { any_words, any_words, any_words, ruin_register, cpu_ruin };

/* --- numbers --- */

uint64_t draw(struct attacker *a)               /* splitmix64 */
{
    uint64_t z = a->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t draw_below(struct attacker *a, uint64_t bound)
{
    return draw(a) % bound;
}

uint64_t draw_number(struct attacker *a)
{
    switch (draw_below(a, 5)) {
    case 0:  return draw_below(a, 0x10000);
    case 1:  return UINT64_C(1) << draw_below(a, 64);
    case 2:  return (UINT64_C(1) << draw_below(a, 64)) - 1;
    case 3:  return -draw_below(a, 0x10000);
    default: return draw(a);
    }
}

uint64_t draw_address(struct attacker *a)
{
    static const uint64_t device[] = { UART_BASE,  GICD_BASE,  GICC_BASE, GICR_BASE,
                                       0x08030000, 0x08040000, 0x0a000000 };
    uint64_t near = draw_below(a, 0x40) * 8;

    switch (draw_below(a, 8)) {
    case 0:  return device[draw_below(a, ARRAY_LEN(device))] + draw_below(a, 0x10000);
    case 1:  return ram_end - 0x100 + near;
    case 2:  return ram_base - 0x1000 + near;
    case 3:
        return UINT64_C(0x70000000000) + draw_below(a, 0x1000000); /* where EL2 has itself */
    case 4:  return UINT64_C(1) << draw_below(a, 30) | near;
    case 5:  return ram_end + draw_below(a, UINT64_C(0x100000000));
    case 6:  return draw(a);
    default: return playground(a) + draw_below(a, PLAYGROUND);
    }
}

uint64_t playground(const struct attacker *a)
{
    return (uintptr_t)past + (a->cpu + 1) * PLAYGROUND;
}

/* --- lives --- */

static uint64_t sum_of(const struct past *p)
{
    return p->magic + p->lives * 3 + p->deeds * 5 + p->traps * 7 + p->wrong * 11;
}

static void remember(void)
{
    *past = before;
    for (uint32_t i = 0; i < cpus; i++) {
        past->deeds += attackers[i].deeds;
        past->traps += attackers[i].traps;
        past->wrong += attackers[i].wrong;
    }
    past->sum = sum_of(past);
    dsb();
}

static void next_life(void)
{
    hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* A vCPU fell out of the program; ask for a new life at once. */
static void fell(void)
{
    if (cpus > 1) next_life();
}

/* --- attacking --- */

static bool is_time_to_die(void)
{
    return mortal && time_now() - born > time_hz() / 2;
}

static void attack_once(struct attacker *a)
{
    if (is_time_to_die() && draw_below(a, 32) == 0) {
        deadly[draw_below(a, ARRAY_LEN(deadly))](a);
    } else {
        deeds[draw_below(a, ARRAY_LEN(deeds))](a);
    }
    a->deeds++;
}

/* Every second: does the other one still do something? */
static bool is_stuck(const struct attacker *of, uint64_t *looked_at, uint64_t *deeds_then)
{
    bool stuck;

    if (time_now() - *looked_at < time_hz()) return false;
    stuck = *deeds_then == of->deeds && cpu_state(of->cpu) == 0;
    *deeds_then = of->deeds;
    *looked_at = time_now();
    return stuck;
}

static void drone(void *arg)
{
    struct attacker *a = &attackers[cpu_id()];
    uint64_t looked_at = time_now(), then = 0;

    put_in_order(a);
    while (!over && draw_below(a, 4096) != 0) { /* and now and then it turns itself off */
        attack_once(a);
        if (is_stuck(&attackers[0], &looked_at, &then)) next_life();
    }
}

void attack_start(uint32_t cpu)
{
    if (!over) cpu_start(cpu, drone, NULL);
}

static void conduct(void)
{
    uint64_t looked_at[CPUS_MAX], then[CPUS_MAX] = { 0 };

    for (uint32_t i = 0; i < cpus; i++) looked_at[i] = time_now();
    for (uint32_t i = 1; i < cpus; i++) attack_start(i);
    while (time_now() < end) {
        attack_once(&attackers[0]);
        hvc(WATCHDOG, PET, 0, 0);
        remember();
        for (uint32_t i = 1; i < cpus; i++) {
            if (is_stuck(&attackers[i], &looked_at[i], &then[i])) next_life();
        }
        if (draw_below(&attackers[0], 1024) == 0)
            attack_start(1 + (uint32_t)draw_below(&attackers[0], MAX(cpus, 2) - 1));
    }
    over = true;
    for (uint32_t i = 1; i < cpus; i++) {
        while (cpu_state(i) == 0 && !is_stuck(&attackers[i], &looked_at[i], &then[i])) {}
    }
}

/* Lines that deeds have raised stay up; each interrupts once until its next storm. */
static void quieten(uint32_t intid)
{
    uint64_t base =
        gic_version == 3 && intid < 32 ? GICR_BASE + cpu_id() * 0x20000 + 0x10000 : GICD_BASE;

    if (intid == VTIMER_INTID) timer_off();
    else if (intid >= 16)
        mmio_write32((volatile void *)(uintptr_t)base, 0x180 + intid / 32 * 4, 1u << intid % 32);
}

static void be_born(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);

    ram_base = dtb_u64(memory);
    ram_end = ram_base + dtb_u64(memory + 8);
    past = (struct past *)(uintptr_t)(ram_base + align_down((ram_end - ram_base) / 2, PLAYGROUND));
    if (past->magic != MAGIC || past->sum != sum_of(past)) *past = (struct past){ .magic = MAGIC };
    past->lives++;
    past->sum = sum_of(past);
    before = *past;
    cpus = dtb_cpus();
    seed = argument("seed", 1);
    end = argument("seconds", 10) * time_hz();
    born = time_now();
    mortal = cpus > 1 && argument("mortal", 1) != 0;
    for (uint32_t i = 0; i < CPUS_MAX; i++)
        attackers[i] = (struct attacker){ .random = seed << 16 ^ past->lives << 4 ^ i, .cpu = i };
}

void guest_main(void)
{
    be_born();
    print("attack: seed %lu, life %lu, until %lu s\n", seed, past->lives, end / time_hz());
    trap_hook = fell;
    irq_hook = quieten;
    gic_init();
    put_in_order(&attackers[0]);
    conduct();
    remember();
    print("\n%lu deeds, %lu traps in %lu lives, seed %lu\n", past->deeds, past->traps, past->lives,
          seed);
    report(past->deeds > 0 && past->traps > 0, "it was no quiet time");
    report(past->wrong == 0, "nothing was possible that must not be: %lu", past->wrong);
}

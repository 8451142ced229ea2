/* SPDX-License-Identifier: Apache-2.0 */
/* The attacker's guest in parts: each deed is one attempt to do harm, made of the numbers its vCPU
 * draws. A deed leaves the vCPU able to go on, unless it is one of those that may ruin it. */
#pragma once

#include "tests/guests/lib/guest.h"

struct attacker {
    uint64_t random;                    /* state of its generator */
    uint32_t cpu;
    uint64_t deeds, traps;
    uint64_t wrong;                     /* things that must not be possible, and were */
};

extern struct attacker attackers[CPUS_MAX];
extern uint32_t cpus;
extern uint64_t ram_base, ram_end;

uint64_t draw(struct attacker *a);
uint64_t draw_below(struct attacker *a, uint64_t bound);
/** Edges, small numbers, addresses, anything. */
uint64_t draw_number(struct attacker *a);
/** Somewhere in the guest's address space or beyond it: RAM, its ends, devices, the hypervisor,
 * nothing. Never where this program itself lies. */
uint64_t draw_address(struct attacker *a);
/** This vCPU's piece of RAM, for whatever it likes: PLAYGROUND bytes. */
uint64_t playground(const struct attacker *a);
#define PLAYGROUND UINT64_C(0x100000)

/** Turn a vCPU on, if it is off: it attacks too. */
void attack_start(uint32_t cpu);

/* --- running what may go anywhere (wild.S, words.c) --- */

struct wild {                           /* known to wild.S */
    uint64_t x[31], sp, pc, spsr;
};

/** Enter pc with these registers; back at the first exception of any kind. The number of its
 * vector; ESR_EL1 and the like are that exception's. */
uint64_t wild_run(const struct wild *w);
#define WILD_SPSR 0x345u                /* EL1h, interrupts open */

/** Draw all registers, run up to four instructions and BRK, and put the vCPU in order again. */
void run_words(struct attacker *a, const uint32_t *words, uint32_t count, uint64_t spsr);
/** This vCPU's system registers and interrupt interface as the program needs them. */
void put_in_order(struct attacker *a);
/** Its timer interrupts, whatever deeds have left behind in the interrupt controller. */
void timer_ready(void);

/* --- deeds --- */

typedef void deed_fn(struct attacker *a);

deed_fn next_call, any_call, odd_call, cpu_race;                                       /* calls.c */
deed_fn next_register, any_register, any_maintenance, any_form, odd_words, any_return; /* words.c */
deed_fn next_access, any_access, wild_pointer, wild_fetch, fault_storm; /* accesses.c */
deed_fn any_tables;                                                     /* tables.c */
deed_fn sgi_storm, spi_storm, timer_storm, sleep_storm, console_storm;  /* storms.c */

/* After these the vCPU may not come back. */
deed_fn cpu_ruin, ruin_register, any_words;

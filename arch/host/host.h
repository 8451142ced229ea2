/* SPDX-License-Identifier: Apache-2.0 */
/* The host as an ISA port of the hypervisor (hypervisor/core/arch.h), for unit tests: core code
 * runs as an ordinary program and tests move what would be hardware. One file per concern, so that
 * a test links only what it needs:
 *
 *     cpu.c     which CPU is calling                    idle.c    the exit loop, up to where a CPU
 * would idle time.c    a counter that stands still             memory.c  physical memory and the
 * windows onto it vcpu.c    registers of vCPUs                      tables.c  what was flushed, and
 * when machine.c the end of the machine: power off, reset, halt, panic */
#pragma once

#include "hypervisor/core/arch.h"
#include "hypervisor/core/stage2.h"

/* cpu.c */
void host_cpu_set(uint32_t cpu);            /* this_cpu() of the calling thread from now on */
extern uint32_t host_cpus_started;          /* bit per arch_cpu_start */
extern int (*host_on_cpu_start)(uint32_t cpu);      /* what it answers; NULL: 0 */
extern void (*host_on_relax)(void);         /* a CPU waits in a loop; NULL: nobody watches */

/* idle.c */
extern bool host_wfi_trapped[CPU_MAX];
/** The guests' side of a core: run the exit loop. True: it would enter this_cpu()->vcpu; false:
 * nothing to run, it waits for an interrupt. */
bool host_exit_loop(void);

/* time.c */
#define HOST_COUNTER_HZ 62500000u
void host_time_set(uint64_t count);
void host_time_advance(uint64_t by);
extern void (*host_on_counter)(void);       /* called when anybody looks at it; NULL: nobody */
uint64_t host_timer_at(void); /* what the calling CPU's timer is programmed to; UINT64_MAX: off */

/* vcpu.c */
extern void (*host_on_save)(void);          /* a vCPU's registers leave the core; NULL: nobody watches */

/* memory.c */
/** Physical memory [0, bytes), all zero and sparse. Once per process. */
void host_memory_init(uint64_t bytes);
/** The test's own view of it, which windows have no part in. */
void *host_ram(pa_t at);
extern uint64_t host_zeroed_bytes;          /* by arch_zero_block */
extern uint64_t host_cleaned_bytes;         /* by arch_clean_to_poc */
extern uint32_t host_icache_syncs;
extern uint64_t host_image_pa;              /* where the carve-out begins */

/* tables.c */
extern uint32_t host_ipa_bits;
extern uint32_t host_flushes, host_flush_alls;
extern void (*host_on_flush)(uint64_t vttbr, ipa_t at, uint64_t len); /* NULL: nobody watches */

/** What the CPU's walk finds. -EFAULT: nothing; *leaf_bytes: size of the leaf. */
int s2_lookup(const struct stage2 *s, ipa_t at, pa_t *to, enum s2_attr *attr,
              uint64_t *leaf_bytes) must_check;

/* machine.c */
enum host_end { HOST_RETURNED, HOST_PANIC, HOST_SHUTDOWN, HOST_RESET, HOST_HALT, HOST_CRASHED };
/** Run what may end the machine in a process of its own: locks and lists it leaves behind are
 * nobody's. */
enum host_end host_run(void (*what)(void *arg), void *arg);
/** Called in that process when the machine ends; NULL: nobody. */
extern void (*host_on_end)(void);
/** The panic's text, after HOST_PANIC. */
const char *host_last_words(void);

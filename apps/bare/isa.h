/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor lets a program do that is not kept from anything: interrupts, and bits of the
 * status that say what is masked and how it runs. */
#pragma once

#if defined(__aarch64__)
#define READ(reg)                                                                                  \
    ({                                                                                             \
        unsigned long v_;                                                                          \
        __asm__ volatile("mrs %0, " #reg : "=r"(v_)::"memory");                                    \
        v_;                                                                                        \
    })
#define STATES 8                    /* debug exceptions, SError and fast interrupts masked or not */

static inline void irq_off(void)           { __asm__ volatile("msr daifset, #2" ::: "memory"); }
static inline void irq_on(void)            { __asm__ volatile("msr daifclr, #2" ::: "memory"); }
static inline int irq_is_on(void)          { return !(READ(daif) & 0x80); }
static inline unsigned long state(void)    { unsigned long d = READ(daif); return (d >> 6 & 1) | (d >> 7 & 6); }

static inline void set_state(unsigned long s)
{
    __asm__ volatile("msr daif, %0" :: "r"((s & 1) << 6 | (s & 6) << 7) : "memory");
}

/* No offset between what a hypervisor sees and what we see; all may be read here. */
static inline int counters_are_ours(void)
{
    unsigned long physical = READ(cntpct_el0), seen = READ(cntvct_el0);

    return seen >= physical && seen - physical < READ(cntfrq_el0);
}
#elif defined(__riscv)
#define READ(reg)                                                                                  \
    ({                                                                                             \
        unsigned long v_;                                                                          \
        __asm__ volatile("csrr %0, " #reg : "=r"(v_)::"memory");                                   \
        v_;                                                                                        \
    })
#define STATES 4                    /* sstatus.SUM and MXR */

static inline void irq_off(void)           { __asm__ volatile("csrc sstatus, 2" ::: "memory"); }
static inline void irq_on(void)            { __asm__ volatile("csrs sstatus, 2" ::: "memory"); }
static inline int irq_is_on(void)          { return READ(sstatus) & 2; }
static inline unsigned long state(void)    { return READ(sstatus) >> 18 & 3; }

static inline void set_state(unsigned long s)
{
    __asm__ volatile("csrc sstatus, %0; csrs sstatus, %1" :: "r"(3UL << 18), "r"(s << 18) : "memory");
}

static inline int counters_are_ours(void)  { return READ(time) != 0; }
#elif defined(__x86_64__)
#define STATES 4                    /* alignment check (without effect here) and identification */

static inline void irq_off(void)           { __asm__ volatile("cli" ::: "memory"); }
static inline void irq_on(void)            { __asm__ volatile("sti" ::: "memory"); }

static inline unsigned long flags(void)
{
    unsigned long v;

    __asm__ volatile("pushfq; popq %0" : "=r"(v) :: "memory");
    return v;
}

static inline int irq_is_on(void)          { return flags() >> 9 & 1; }
static inline unsigned long state(void)    { return (flags() >> 18 & 1) | (flags() >> 20 & 2); }

static inline void set_state(unsigned long s)
{
    __asm__ volatile("pushq %0; popfq"
                     :: "r"((flags() & ~0x240000UL) | (s & 1) << 18 | (s & 2) << 20) : "memory", "cc");
}

static inline int counters_are_ours(void)  { return 1; }
#endif

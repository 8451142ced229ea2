/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt lines and who listens to them. Several actions may share a line; each comes with its
 * argument and can be removed. Handlers are short: what takes time is done by a thread (work.h). */
#pragma once

#include "lib/compiler.h"

struct cpu;
struct machine;

struct irq_action {
    struct irq_action *next;
    uint32_t irq;
    void (*fn)(void *arg);          /* on the handlers' stack, interrupts masked */
    void *arg;
};

/** What an interrupt controller provides. */
struct irqchip {
    void (*enable)(uint32_t irq);
    void (*disable)(uint32_t irq);
    uint32_t (*ack)(uint64_t cause); /* what came, UINT32_MAX: nothing; cause: what the CPU says of it */
    void (*end)(uint32_t irq);
    void (*init_cpu)(void);         /* lines private to a CPU as on the first one */
    void (*send)(uint32_t irq, const struct cpu *to);
};

/** Initialise the machine's controller: everything off. *problem says in words why it cannot be
 * used. */
int irq_init(const struct machine *m, const char **problem) must_check;

/** The part of it that each CPU has to itself. */
void irq_init_cpu(void);

/** Raise a line that is private to another CPU. */
void irq_send(uint32_t irq, const struct cpu *to);

/** Add an action; the line is enabled with its first. */
void irq_attach(struct irq_action *a, uint32_t irq, void (*fn)(void *), void *arg);

/** Take it away again. No CPU runs fn any more on return, so no lock is held that fn may want; the
 * CPU that calls this from a handler goes on in it, of course. */
void irq_detach(struct irq_action *a);

/** From the vector: handle what came. True: then sched_irq_exit, with a complete frame. */
bool irq_dispatch(uint64_t cause);

/** The same for a timer before which no controller stands. */
bool irq_timer(void);

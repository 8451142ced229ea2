/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt lines and who listens to them. Several actions may share a line; each comes with its
 * argument and can be removed. */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"

struct machine;

struct irq_action {
    struct list node;
    uint32_t irq;
    void (*fn)(void *arg);          /* on the handlers' stack, interrupts masked */
    void *arg;
};

/** What an interrupt controller provides. */
struct irqchip {
    void (*enable)(uint32_t irq);
    void (*disable)(uint32_t irq);
    uint32_t (*ack)(void);          /* UINT32_MAX: nothing (any more) */
    void (*end)(uint32_t irq);
};

/** Initialise the machine's controller: everything off. *problem says in words why it cannot be
 * used. */
int irq_init(const struct machine *m, const char **problem) must_check;

/** Add an action; the line is enabled with its first. */
void irq_attach(struct irq_action *a, uint32_t irq, void (*fn)(void *), void *arg);
void irq_detach(struct irq_action *a);

/** From the vector: handle everything pending. */
void irq_dispatch(void);

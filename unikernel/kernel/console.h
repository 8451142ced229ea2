/* SPDX-License-Identifier: Apache-2.0 */
/* The console: one UART. Output is written where it is asked for; input arrives by interrupt and
 * waits in a small queue. */
#pragma once

#include "lib/compiler.h"
#include "lib/list.h"
#include "unikernel/kernel/lock.h"

/** What a UART driver provides. */
struct uart_ops {
    void (*put)(volatile void *regs,
                char c); /* waits for room; no locks: also used by a dying kernel */
    bool (*get)(volatile void *regs, char *c);          /* false: nothing there */
    void (*receive)(volatile void *regs, bool on);      /* interrupt while there is input */
};

struct machine;

/** Make the machine's UART the console, output only. -ENODEV when there is none. */
int console_init(const struct machine *m) must_check;
/** Begin to receive: interrupts work from here on. */
int console_receive(const struct machine *m) must_check;

/** Newline becomes CR LF. Any context; what others print may come in between. */
void console_put(char c);

/** What is put until the end of the scope stays together. */
#define OUTPUT_SCOPED()                                                                            \
    struct output_guard output_ __attribute__((cleanup(console_end)));                             \
    console_begin(&output_)

struct output_guard {
    struct lock_guard lock;
    bool locked;
};
void console_begin(struct output_guard *g);
void console_end(struct output_guard *g);

/** A fault is being reported: nobody waits for another's output, which may never end. */
void console_urgent(bool on);

void console_write(const char *text, size_t len);

/** Next byte typed. false: there is none. */
bool console_take(char *c) must_check;
/** ... waits, one thread at a time. -EINTR when the thread shall end. */
int console_get(char *c) must_check;
/** ... no longer than until then (ns since boot): -ETIMEDOUT. */
int console_get_until(char *c, uint64_t deadline_ns) must_check;
/** Until there is one. */
int console_wait(uint64_t deadline_ns) must_check;
/** How many are there. */
uint32_t console_typed(void);
/** fn is called whenever there are more. Short. */
void console_on_input(void (*fn)(void));

/** From when a command begins until it ends, control-C does not wait to be read: the blocking call of
 * the thread that runs it, this one or the next, returns -EINTR. */
void console_command(bool begins);
bool console_interrupted(void);         /* control-C was typed since */

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

/** Next byte typed; waits. -EINTR when the thread shall end. */
int console_get(char *c) must_check;
/** ... no longer than until then (ns since boot): -ETIMEDOUT. */
int console_get_until(char *c, uint64_t deadline_ns) must_check;
bool console_has_input(void);

/** From when a command begins until it ends, control-C does not wait to be read: the blocking call of
 * the thread that runs it, this one or the next, returns -EINTR. */
void console_command(bool begins);
bool console_interrupted(void);         /* control-C was typed since */

/**
 * Edit one line as terminals do: printable bytes and UTF-8 are echoed, 8 and 127 erase, CR or LF
 * end the line, which is terminated by a null byte instead. What does not fit is not taken.
 * @return length, -EINTR, or -ENODATA after control-D on an empty line
 */
int console_line(char *out, size_t size) must_check;

/** Does console_line show what is typed? At first it does. */
void console_echo(bool on);

/** Bytes for read(0): a line with its newline, in pieces if need be. */
long console_read(char *out, size_t len) must_check;

/** From now on the keyboard belongs to the shell, and read(0) finds the end of the file. */
void console_claim(void);
bool console_is_claimed(void);

/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/console.h"
#include "unikernel/drivers/uart.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/work.h"
#include "lib/err.h"
#include "lib/ring.h"

#define CTRL_C   3
#define LINE_MAX 128        /* longer lines may be interrupted */

static uint8_t input_bytes[256];

static struct {
    const struct uart_ops *ops;
    volatile void *regs;
    struct irq_action irq;
    struct spinlock output;
    bool urgent;
    struct spinlock lock;           /* input, reader */
    struct byte_fifo input;
    bool full;                      /* the UART keeps what came since: it is asked when all is read */
    struct thread *reader;
    struct thread *command;         /* it is what control-C ends */
    bool interrupted;
    void (*arrived)(void);
} con = { .output = SPINLOCK(LOCK_OUTPUT), .lock = SPINLOCK(LOCK_CONSOLE),
          .input = { .buf = input_bytes, .size = sizeof(input_bytes) } };

int console_init(const struct machine *m)
{
    if (m->uart == UART_NONE) return -ENODEV;
    con.ops = uart_init(m, &con.regs);
    return con.ops != NULL ? 0 : -ENODEV;
}

/* Nobody waits to read it. */
static bool is_interrupt(char c)
{
    if (c != CTRL_C || con.command == NULL) return false;
    con.interrupted = true;
    thread_interrupt(con.command);
    return true;
}

/* No more than there is room for: the sender is told by the UART to wait, and nothing is lost. */
static void take_input(void *arg)
{
    LOCK_SCOPED(&con.lock);
    char c;

    con.full = true;
    while (fifo_space(&con.input) > 0) {
        if (!con.ops->get(con.regs, &c)) {
            con.full = false;
            con.ops->receive(con.regs, true);
            break;
        }
        if (!is_interrupt(c)) (void)fifo_put(&con.input, (uint8_t)c);
    }
    if (fifo_used(&con.input) == 0) return;
    if (con.reader != NULL) (void)thread_wake(con.reader, 0);
    if (con.arrived != NULL) con.arrived();
}

static struct work input_work = { .fn = take_input };

static void receive(void *arg)
{
    con.ops->receive(con.regs, false);
    work_queue(&input_work);
}

int console_receive(const struct machine *m)
{
    if (m->uart_irq == 0) return -ENODEV;
    irq_attach(&con.irq, m->uart_irq, receive, NULL);
    con.ops->receive(con.regs, true);
    return 0;
}

void console_put(char c)
{
    if (con.ops == NULL) return;
    if (c == '\n') con.ops->put(con.regs, '\r');
    con.ops->put(con.regs, c);
}

void console_begin(struct output_guard *g)
{
    g->locked = !__atomic_load_n(&con.urgent, __ATOMIC_RELAXED);
    if (g->locked) lock_take(&g->lock, &con.output);
}

void console_end(struct output_guard *g)
{
    if (g->locked) lock_release(&g->lock);
}

void console_urgent(bool on) { __atomic_store_n(&con.urgent, on, __ATOMIC_RELAXED); }

/* The length of the first line with its end, or of a piece of a long one. */
static size_t line_length(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && n < LINE_MAX) {
        if (text[n++] == '\n') break;
    }
    return n;
}

/* Line by line without interruption, so that lines of several threads stay whole. */
void console_write(const char *text, size_t len)
{
    while (len > 0) {
        OUTPUT_SCOPED();
        size_t n = line_length(text, len);

        for (size_t i = 0; i < n; i++) console_put(text[i]);
        text += n;
        len -= n;
    }
}

bool console_take(char *c)
{
    bool ask, taken;

    {
        LOCK_SCOPED(&con.lock);

        taken = fifo_get(&con.input, (uint8_t *)c);
        ask = con.full && fifo_used(&con.input) == 0;
        if (ask) con.full = false;
    }
    if (ask) work_queue(&input_work);       /* the UART may have more */
    return taken;
}

int console_wait(uint64_t deadline_ns)
{
    int err;

    {
        LOCK_SCOPED(&con.lock);

        if (fifo_used(&con.input) > 0) return 0;
        con.reader = arch_self();
        thread_block_prepare();
    }
    err = thread_block_finish(deadline_ns);
    LOCK_SCOPED(&con.lock);
    con.reader = NULL;
    return err;
}

int console_get_until(char *c, uint64_t deadline_ns)
{
    int err = 0;

    while (err == 0 && !console_take(c)) err = console_wait(deadline_ns);
    return err;
}

int console_get(char *c) { return console_get_until(c, NEVER); }

uint32_t console_typed(void)
{
    LOCK_SCOPED(&con.lock);

    return fifo_used(&con.input);
}

void console_on_input(void (*fn)(void)) { con.arrived = fn; }

void console_command(bool begins)
{
    LOCK_SCOPED(&con.lock);

    con.command = begins ? arch_self() : NULL;
    con.interrupted = false;
}

bool console_interrupted(void) { return __atomic_load_n(&con.interrupted, __ATOMIC_RELAXED); }

/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/drivers/uart_pl011.c
/* The registers are plain memory here: what the driver writes stays, and nothing moves by
 * itself. The flag register says whatever the test put there, so an input queue that never runs
 * empty, the worst case, is what the driver meets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/console.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/drivers/pl011.h"
#include "hypervisor/drivers/uart.h"
#include "lib/mmio.h"

static uint32_t reg[1024];
static uint32_t received, wanted, claimed, sends;
static uint8_t last;
static irq_handler handler;
static int claim_answer;

void console_uart_rx(uint8_t c)
{
    if (++received == wanted) uart_rx(false);
    last = c;
}

void console_uart_tx(void)
{
    sends++;
    uart_send();
}

int irq_claim(uint32_t intid, irq_handler h)
{
    claimed = intid;
    handler = h;
    return claim_answer;
}

static int fresh(void **state)
{
    (void)state;
    memset(reg, 0, sizeof(reg));
    received = wanted = sends = 0;
    claim_answer = 0;
    uart_poll();
    uart_dropped = 0;
    return 0;
}

static void output_waits_for_room_but_not_for_ever(void **state)
{
    (void)state;
    uart_init(reg, true);
    uart_put('a');
    assert_int_equal(reg[PL011_DR / 4], 'a');
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    uart_put('b');
    uart_put('c');
    assert_int_equal(reg[PL011_DR / 4], 'a');
    assert_int_equal(uart_dropped, 2);
    reg[PL011_FR / 4] = 0;
    uart_put('d');
    assert_int_equal(reg[PL011_DR / 4], 'd');
}

/* regression: 50 */
static void what_the_uart_does_not_take_is_queued_and_sent_in_order(void **state)
{
    (void)state;
    uart_init(reg, false);
    assert_int_equal(uart_start_rx(33), 0);
    uart_put('a');
    assert_int_equal(reg[PL011_DR / 4], 'a');           /* nothing waits: at once, and no interrupt */
    assert_int_equal(reg[PL011_IMSC / 4] & PL011_INT_TX, 0);
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    for (uint32_t i = 0; i < 5000; i++) uart_put((uint8_t)(i % 251));
    assert_int_equal(reg[PL011_DR / 4], 'a');
    assert_int_equal(uart_room(), 0);
    assert_int_equal(uart_dropped, 5000 - 4096);
    assert_int_equal(reg[PL011_IMSC / 4] & PL011_INT_TX, PL011_INT_TX);
    reg[PL011_FR / 4] = PL011_FR_RXFE;
    sends = 0;
    handler(33);
    assert_int_equal(sends, 1);
    assert_int_equal(uart_room(), 4096);
    assert_int_equal(reg[PL011_DR / 4], 4095 % 251);
    assert_int_equal(reg[PL011_IMSC / 4] & PL011_INT_TX, 0);
    handler(33);
    assert_int_equal(sends, 1);
}

/* regression: 17 */
static void a_panic_has_the_uart_at_once(void **state)
{
    (void)state;
    uart_init(reg, false);
    assert_int_equal(uart_start_rx(33), 0);
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    uart_put('q');
    uart_put('r');
    reg[PL011_FR / 4] = 0;
    uart_poll();
    assert_int_equal(reg[PL011_DR / 4], 'r');
    uart_put('p');
    assert_int_equal(reg[PL011_DR / 4], 'p');
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    uart_put('x');
    assert_int_equal(reg[PL011_IMSC / 4] & PL011_INT_TX, PL011_INT_TX);     /* left as it was; nobody listens */
}

static void line_control_is_touched_on_a_full_pl011_only(void **state)
{
    (void)state;
    uart_init(reg, true);
    assert_int_equal(reg[PL011_CR / 4], 0);
    assert_int_equal(reg[PL011_LCR_H / 4], 0);
    reg[PL011_IBRD / 4] = 26;
    uart_init(reg, false);
    assert_int_equal(reg[PL011_CR / 4], PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    assert_int_equal(reg[PL011_LCR_H / 4], PL011_LCR_8BIT | PL011_LCR_FEN);
    assert_int_equal(reg[PL011_IBRD / 4], 26);          /* the firmware's rate */
}

static void an_interrupt_is_bounded_and_drops_broken_characters(void **state)
{
    (void)state;
    uart_init(reg, false);
    assert_int_equal(uart_start_rx(33), 0);
    assert_int_equal(claimed, 33);
    assert_int_equal(reg[PL011_IMSC / 4], PL011_INT_RX | PL011_INT_RT);
    reg[PL011_DR / 4] = 0x800 | 'x';                    /* overrun: others were lost, this one is good */
    handler(33);
    assert_int_equal(last, 'x');
    assert_in_range(received, 8, 16);                   /* the rest at the next: each may wake a vCPU */
    received = 0;
    reg[PL011_DR / 4] = 0x400;                          /* break */
    handler(33);
    assert_int_equal(received, 0);
    reg[PL011_FR / 4] = PL011_FR_RXFE;
    reg[PL011_DR / 4] = 'y';
    handler(33);
    assert_int_equal(received, 0);
}

/* regression: 50 */
static void input_nobody_wants_stays_in_the_uart(void **state)
{
    (void)state;
    uart_init(reg, false);
    assert_int_equal(uart_start_rx(33), 0);
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    uart_put('q');
    uart_put('r');
    wanted = 5;
    handler(33);
    assert_int_equal(received, 5);
    assert_int_equal(reg[PL011_IMSC / 4], PL011_INT_TX);
    handler(33);                                        /* to send */
    assert_int_equal(received, 5);
    uart_rx(true);
    assert_int_equal(reg[PL011_IMSC / 4], PL011_INT_TX | PL011_INT_RX | PL011_INT_RT);
    handler(33);
    assert_int_equal(received, 5 + 16);
    reg[PL011_FR / 4] = 0;
    uart_send();
    assert_int_equal(reg[PL011_IMSC / 4], PL011_INT_RX | PL011_INT_RT);
}

static void how_much_room_there_is_may_be_asked_without_the_lock(void **state)
{
    (void)state;
    uart_init(reg, false);
    assert_int_equal(uart_start_rx(33), 0);
    reg[PL011_FR / 4] = PL011_FR_TXFF;
    uart_put('q');
    uart_put('r');
    reg[PL011_FR / 4] = 0;
    reg[PL011_DR / 4] = 0;
    assert_int_equal(uart_room(), 4094);
    assert_int_equal(reg[PL011_DR / 4], 0);             /* nothing was sent by asking */
    assert_int_equal(reg[PL011_IMSC / 4] & PL011_INT_TX, PL011_INT_TX);
    uart_send();
    assert_int_equal(uart_room(), 4096);
    assert_int_equal(reg[PL011_DR / 4], 'r');
}

static void an_interrupt_that_has_an_owner_stays_masked(void **state)
{
    (void)state;
    uart_init(reg, false);
    claim_answer = -EBUSY;
    assert_int_equal(uart_start_rx(33), -EBUSY);
    uart_rx(true);
    assert_int_equal(reg[PL011_IMSC / 4], 0);
}

static void without_a_uart_nothing_happens(void **state)
{
    (void)state;
    uart_init(NULL, false);
    uart_put('x');
    uart_text("text\n");
    assert_int_equal(uart_start_rx(33), 0);
    uart_rx(true);
    uart_send();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(output_waits_for_room_but_not_for_ever, fresh),
        cmocka_unit_test_setup(what_the_uart_does_not_take_is_queued_and_sent_in_order, fresh),
        cmocka_unit_test_setup(a_panic_has_the_uart_at_once, fresh),
        cmocka_unit_test_setup(line_control_is_touched_on_a_full_pl011_only, fresh),
        cmocka_unit_test_setup(an_interrupt_is_bounded_and_drops_broken_characters, fresh),
        cmocka_unit_test_setup(input_nobody_wants_stays_in_the_uart, fresh),
        cmocka_unit_test_setup(how_much_room_there_is_may_be_asked_without_the_lock, fresh),
        cmocka_unit_test_setup(an_interrupt_that_has_an_owner_stays_masked, fresh),
        cmocka_unit_test_setup(without_a_uart_nothing_happens, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_uart.h"

#include <stdlib.h>

static char text[16384];
static uint32_t used, taken;
uint32_t fake_uart_room = 4096;
uint64_t uart_dropped;
bool fake_uart_rx = true;

uint32_t uart_room(void) { return fake_uart_room; }
void uart_send(void)     { }
void uart_rx(bool on)    { fake_uart_rx = on; }

void uart_put(uint8_t c)
{
    if (fake_uart_room == 0) {
        uart_dropped++;
        return;
    }
    if (taken != 0) used = taken = 0;
    if (used + 1 >= sizeof(text)) abort();
    text[used++] = (char)c;
    text[used] = '\0';
}

void uart_text(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\n') uart_put('\r');
        uart_put((uint8_t)*s);
    }
}

const char *fake_uart_taken(void)
{
    if (taken != 0 || used == 0) {
        used = 0;
        text[0] = '\0';
    }
    taken = 1;
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Consoles. The board's UART is EL2's. Each VM has a console: output kept in a ring, input in a small queue. The VM in
 * focus (the MVM, when there is one) talks to the UART directly; without an MVM all VMs' lines go there with a `[name] `
 * prefix, and Ctrl-] followed by a digit moves the input focus. */
#pragma once

#include "hypervisor/core/types.h"
#include "hypervisor/core/lock.h"
#include "lib/ring.h"

#define CONSOLE_OUT_BYTES 8192u
#define CONSOLE_IN_BYTES  256u

/** Embedded in struct vm. */
struct vm_console {
    struct spinlock lock;
    struct text_ring out;
    struct byte_fifo in;
    uint64_t lost;                  /* output overwritten before the MVM read it */
    uint64_t read_to;               /* furthest cursor the MVM has read to */
    uint32_t line_used;             /* multiplexed output: bytes of the unfinished line */
    char line[160];
    void (*input_ready)(struct vm *vm);     /* the virtual UART: input arrived */
};

int console_vm_init(struct vm *vm) must_check;
void console_vm_destroy(struct vm *vm);

/** From the virtual UART of a VM. */
void console_vm_put(struct vm *vm, uint8_t c);
bool console_vm_get(struct vm *vm, uint8_t *c);
bool console_vm_has_input(struct vm *vm);

/** From the MVM (hypercalls): copy output from cursor on / offer input. Return bytes copied / taken. */
uint32_t console_read(struct vm *vm, uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost);
uint32_t console_write(struct vm *vm, const uint8_t *in, uint32_t len);

/** From the UART driver's interrupt: one received character. */
void console_uart_rx(uint8_t c);

/** After boot: who starts with the focus, and whether there is an MVM. */
void console_start(struct vm *mvm);
/** A VM is gone: flush its unfinished line, move the focus. */
void console_forget(struct vm *vm);

/* SPDX-License-Identifier: Apache-2.0 */
/* Consoles. The board's UART is EL2's; each VM has a console: output and a small queue of input.
 *
 * With an MVM, the UART is the MVM's: its output goes there unchanged and all input is its own;
 * what it does not read stays in the UART.
 * Other VMs' output goes to rings that the MVM reads, their input comes from it.
 *
 * Without an MVM, all VMs share the UART line by line, each line opened by `[name] `. The VM in
 * focus gets the input, and its characters appear at once, so prompts and echo are seen; the
 * others' appear when their line is complete or longer than the buffer. Ctrl-] and a digit moves
 * the focus to the VM of that id, Ctrl-] twice sends one. Input the VM in focus does not read is
 * dropped when its queue is full. */
#pragma once

#include "hypervisor/core/types.h"
#include "hypervisor/core/lock.h"
#include "lib/ring.h"

#define CONSOLE_OUT_BYTES  8192u
#define CONSOLE_IN_BYTES   256u
#define CONSOLE_LINE_BYTES 160u

/** Embedded in struct vm. */
struct vm_console {
    struct spinlock lock;           /* out, in, lost, read_to, in_full */
    struct text_ring out;           /* with an MVM, for the VMs that are not it */
    struct byte_fifo in;
    uint8_t in_buf[CONSOLE_IN_BYTES];
    uint64_t lost;                  /* output the MVM read too late or the UART did not take */
    uint64_t read_to;               /* furthest cursor the MVM has read to, or the oldest kept */
    bool in_full;                   /* who brings input waits for room */
    /* shared UART; under the UART's lock */
    uint32_t line_used;             /* bytes kept of the unfinished line */
    bool cr;                        /* a carriage return whose successor is not known yet */
    uint8_t line[CONSOLE_LINE_BYTES];
    /* under the console input lock */
    void (*input_ready)(void *of);
    void *input_of;
};

int console_vm_init(struct vm *vm) must_check;
/** The VM is off and nobody finds it any more: flush its unfinished line, take the focus away,
 * free the ring. */
void console_vm_destroy(struct vm *vm);
/** Its device was reset: input typed for its former life is dropped, its unfinished line shown. */
void console_vm_reset(struct vm *vm);

/**
 * The device that consumes the input. `ready(of)` is called after input arrived, with no lock of
 * a later order than the console input lock held, and never after console_unlisten returned.
 * -EBUSY: the VM has one already.
 */
int console_listen(struct vm *vm, void (*ready)(void *of), void *of) must_check;
void console_unlisten(struct vm *vm);

/** From the virtual UART of a VM. */
void console_vm_put(struct vm *vm, uint8_t c);
/** False: what it puts now may be dropped, and counted. Its `ready` is called when that changes. */
bool console_vm_can_put(struct vm *vm);
bool console_vm_get(struct vm *vm, uint8_t *c);
bool console_vm_has_input(struct vm *vm);

/** Saved state: the input not read yet. Copy out at most CONSOLE_IN_BYTES; replace. */
uint32_t console_vm_input_save(struct vm *vm, uint8_t out[CONSOLE_IN_BYTES]);
void console_vm_input_restore(struct vm *vm, const uint8_t *in, uint32_t len);

/** From the MVM (hypercalls): copy output from cursor on / offer input. Return bytes copied /
 * taken. */
uint32_t console_read(struct vm *vm, uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost);
uint32_t console_write(struct vm *vm, const uint8_t *in, uint32_t len);

/** From the UART driver's interrupt, no lock held: one received character; the UART sends. */
void console_uart_rx(uint8_t c);
void console_uart_tx(void);

/** EL2's own text on the UART, in whole lines between those of the VMs. Takes the UART's lock:
 * not for the panic path. */
void console_text(const char *text);

/** After the boot-time VMs exist: the MVM, or NULL when there is none, or not any more (the lowest
 * VM then has the focus). vms_lock is held where others could change the list. */
void console_start(struct vm *mvm);

/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that does a few things between marks (tests/bench/count.c), for whichever hypervisor is below it. An arm64 Image
 * that runs wherever it is loaded, without memory of its own.
 *
 * hint 96                 first instruction of the guest
 * hint 97, 98, ...        between two 97s: a nop, which calibrates; 98: a null call; 99: a read of GICD_IIDR; 102: of
 *                         the UART's flags; 100: end
 *
 * CALL_SETUP, CALL: the hypercall that asks for the version;  GICD, UART: devices as this guest sees them;  OFF: the end */
        .globl  _start
_start: hint    #96
        b       begin
        .quad   0, 0x10000, 0xa, 0, 0, 0        /* text offset, image size, flags (little-endian, 4 KiB pages, anywhere) */
        .ascii  "ARM\x64"
        .word   0

begin:  .rept   8
        hint    #97
        nop
        .endr
        hint    #97

        CALL_SETUP
        .rept   16
        CALL_ARGS
        hint    #98
        CALL
        hint    #98
        .endr

        ldr     x20, =GICD
        .rept   16
        hint    #99
        ldr     w1, [x20, #8]
        hint    #99
        .endr

        ldr     x20, =UART
        .rept   16
        hint    #102
        ldr     w1, [x20, #0x18]
        hint    #102
        .endr

        hint    #100
        ldr     x0, =0x84000008                 /* PSCI SYSTEM_OFF */
        hvc     #0
1:      wfi
        b       1b
        .ltorg

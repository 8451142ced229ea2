/* SPDX-License-Identifier: Apache-2.0 */
/* The first program of a Linux that is being measured: marks its first instruction and powers the machine off. */
        .globl  _start
_start: hint    #101
        mov     x8, #142                        /* reboot(2) */
        ldr     x0, =0xfee1dead
        ldr     x1, =672274793
        ldr     x2, =0x4321fedc
        svc     #0
1:      b       1b
        .ltorg

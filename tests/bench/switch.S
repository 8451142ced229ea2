/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that only spins. Two of them share a core. An arm64 Image without memory of its own.
 *
 * hint 107                both have had the core by now; hint 100: the end, slices later */
        .globl  _start
_start: b       begin
        nop
        .quad   0, 0x10000, 0xa, 0, 0, 0        /* text offset, image size, flags (little-endian, 4 KiB pages, anywhere) */
        .ascii  "ARM\x64"
        .word   0

begin:  mrs     x2, cntfrq_el0
        lsr     x0, x2, #4                      /* a sixteenth of a second after the machine's start */
        bl      spin
        hint    #107
        lsr     x0, x2, #2                      /* a quarter */
        bl      spin
        hint    #100
        b       .

spin:   mrs     x1, cntvct_el0
        .rept   200
        nop
        .endr
        cmp     x1, x0
        b.lo    spin
        ret

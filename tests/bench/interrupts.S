/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that lets itself be interrupted between marks (tests/bench/count.c), for whichever hypervisor is below it, with a
 * GICv3. An arm64 Image that runs wherever it is loaded, without memory of its own.
 *
 * hint 104                an instruction that may be interrupted; 105: first instruction of the interrupt handler
 * hint 106                before the write of an SGI to the other vCPU, which sleeps; 100: end
 *
 * GICD, GICR: as this guest sees them.  SPI: an interrupt of the board it owns, to be pended; without: timer and SGIs. */
#define ICC_PMR     s3_0_c4_c6_0
#define ICC_IAR1    s3_0_c12_c12_0
#define ICC_EOIR1   s3_0_c12_c12_1
#define ICC_SGI1R   s3_0_c12_c11_5
#define ICC_SRE     s3_0_c12_c12_5
#define ICC_IGRPEN1 s3_0_c12_c12_7
#define ROUNDS      16
#define VTIMER      27

        .globl  _start
_start: b       begin
        nop
        .quad   0, 0x10000, 0xa, 0, 0, 0        /* text offset, image size, flags (little-endian, 4 KiB pages, anywhere) */
        .ascii  "ARM\x64"
        .word   0

/* x20 GICD, x21 this vCPU's redistributor, x11 interrupts taken here, x19 rounds left */
begin:  ldr     x20, =GICD
        ldr     x21, =GICR
        mov     w0, #0x12                       /* affinity routing, group 1 */
        str     w0, [x20]
        bl      interface
        mov     x19, #ROUNDS
#ifdef SPI
        ldr     w1, =1 << (SPI % 32)
        str     w1, [x20, #0x80 + SPI / 32 * 4] /* group 1 */
        mov     x2, #0x6000 + SPI * 8           /* to this vCPU */
        mrs     x3, mpidr_el1
        and     x3, x3, #0xffffff
        str     x3, [x20, x2]
        str     w1, [x20, #0x100 + SPI / 32 * 4]
1:      mov     x12, x11
        str     w1, [x20, #0x200 + SPI / 32 * 4]
2:      hint    #104
        cmp     x11, x12
        b.eq    2b
        subs    x19, x19, #1
        b.ne    1b
#else
1:      mov     x0, #300                        /* the timer, while this runs */
        bl      timer
        mov     x12, x11
2:      .rept   64
        hint    #104
        .endr
        cmp     x11, x12
        b.eq    2b
        subs    x19, x19, #1
        b.ne    1b

        ldr     x0, =0xc4000003                 /* PSCI CPU_ON */
        mov     x1, #1
        adr     x2, other
        mov     x3, #0
        hvc     #0
        mov     x19, #ROUNDS
3:      mov     x0, #3000                       /* asleep, so that the other one falls asleep too */
        bl      timer
        wfi
        mov     x0, #6000
        bl      timer
        mov     x1, #2                          /* SGI 0 to affinity 1 */
        hint    #106
        msr     ICC_SGI1R, x1
        wfi
        subs    x19, x19, #1
        b.ne    3b
#endif
        hint    #100
        ldr     x0, =0x84000008                 /* PSCI SYSTEM_OFF */
        hvc     #0
        b       .

other:  ldr     x21, =GICR + 0x20000
        bl      interface
4:      wfi
        b       4b

/* Virtual timer in x0 ticks. */
timer:  msr     cntv_tval_el0, x0
        mov     x0, #1
        msr     cntv_ctl_el0, x0
        isb
        ret

interface:
        adr     x0, vectors
        msr     vbar_el1, x0
        mov     x11, #0
        str     wzr, [x21, #0x14]               /* awake */
5:      ldr     w0, [x21, #0x14]
        tbnz    w0, #2, 5b
        add     x1, x21, #0x10000
        mov     w0, #-1
        str     w0, [x1, #0x80]
        ldr     w0, =1 << VTIMER | 1
        str     w0, [x1, #0x100]
        mov     x0, #7
        msr     ICC_SRE, x0
        isb
        mov     x0, #0xff
        msr     ICC_PMR, x0
        mov     x0, #1
        msr     ICC_IGRPEN1, x0
        isb
        msr     daifclr, #2
        ret
        .ltorg

        .balign 2048
vectors:
        .skip   0x280
        hint    #105
        mrs     x10, ICC_IAR1
        msr     cntv_ctl_el0, xzr
        isb
        msr     ICC_EOIR1, x10
        add     x11, x11, #1
        eret

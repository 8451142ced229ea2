/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the application's memory (mm/user.h). Leaves without frames: where one faults it returns
 * to ra. */
    .section .text.user, "ax"
    .globl user_begin, user_end, user_copy, user_load, user_store, user_exchange
user_begin:
user_copy:                              /* a0 to, a1 from, a2 bytes */
    or t0, a0, a1
    add a2, a2, a1                      /* its end */
    andi t0, t0, 7
    bnez t0, 3f
    addi t0, a2, -32                    /* the last four words begin here, or earlier */
    blt t0, a1, 2f                      /* signed: for what begins at 0 */
1:  ld t1, (a1)
    ld t2, 8(a1)
    ld t3, 16(a1)
    ld t4, 24(a1)
    sd t1, (a0)
    sd t2, 8(a0)
    sd t3, 16(a0)
    sd t4, 24(a0)
    addi a0, a0, 32
    addi a1, a1, 32
    bge t0, a1, 1b
2:  addi t0, a2, -8
    blt t0, a1, 3f
    ld t1, (a1)
    sd t1, (a0)
    addi a0, a0, 8
    addi a1, a1, 8
    j 2b
3:  beq a1, a2, 4f
    lb t1, (a1)
    sb t1, (a0)
    addi a0, a0, 1
    addi a1, a1, 1
    j 3b
4:  li a0, 0
    ret

user_load:                              /* a0 at, a1 value */
    fence rw, rw
    lw t0, (a0)
    fence r, rw
    sw t0, (a1)
    li a0, 0
    ret

user_store:                             /* a0 at, a1 value */
    fence rw, w
    sw a1, (a0)
    li a0, 0
    ret

user_exchange:                          /* a0 at, a1 expected, a2 value */
    lw t0, (a1)
1:  lr.w.aq t1, (a0)
    bne t1, t0, 2f
    sc.w.rl t2, a2, (a0)
    bnez t2, 1b
    li a0, 1
    ret
2:  sw t1, (a1)
    li a0, 0
    ret
user_end:

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
    bnez t0, 2f
    addi t0, a2, -8                     /* the last word begins here, or earlier */
    blt t0, a1, 2f                      /* signed: for what begins at 0 */
1:  ld t1, (a1)
    sd t1, (a0)
    addi a0, a0, 8
    addi a1, a1, 8
    bge t0, a1, 1b
2:  beq a1, a2, 3f
    lb t1, (a1)
    sb t1, (a0)
    addi a0, a0, 1
    addi a1, a1, 1
    j 2b
3:  li a0, 0
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

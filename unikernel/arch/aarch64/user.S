/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the application's memory (mm/user.h). Leaves without frames: where one faults it returns
 * to x30. */
    .section .text.user, "ax"
    .globl user_begin, user_end, user_copy, user_load, user_store, user_exchange
user_begin:
user_copy:                              /* x0 to, x1 from, x2 bytes */
    subs x2, x2, #8
    b.lo 1f
    ldr x3, [x1], #8
    str x3, [x0], #8
    b user_copy
1:  tst x2, #7                          /* 8 less than what is left */
    b.eq 3f
    and x2, x2, #7
2:  ldrb w3, [x1], #1
    strb w3, [x0], #1
    subs x2, x2, #1
    b.ne 2b
3:  mov x0, xzr
    ret

user_load:                              /* x0 at, x1 value */
    ldar w2, [x0]
    str w2, [x1]
    mov x0, xzr
    ret

user_store:                             /* x0 at, w1 value */
    stlr w1, [x0]
    mov x0, xzr
    ret

user_exchange:                          /* x0 at, x1 expected, w2 value */
    ldr w3, [x1]
1:  ldaxr w4, [x0]
    cmp w4, w3
    b.ne 2f
    stlxr w5, w2, [x0]
    cbnz w5, 1b
    mov x0, #1
    ret
2:  str w4, [x1]
    mov x0, xzr
    ret
user_end:

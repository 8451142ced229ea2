/* SPDX-License-Identifier: Apache-2.0 */
/* What VMs made by mvm.c run, at any address. The two words behind it say how many vCPUs it starts and what each does in the
 * end (enum payload_end). */
    .section .rodata, "a"
    .balign 8
    .globl  payload, payload_end
payload:
    hint    #104                        // a mark for tests/bench; does nothing
    adr     x10, payload_end
    ldr     w12, [x10]                  // w12  vCPUs
    mov     w13, #1
1:  cmp     w13, w12
    b.hs    2f
    mov     w0, #3                      // CPU_ON, 64-bit
    movk    w0, #0xc400, lsl #16
    mov     x1, x13
    adr     x2, 2f
    hvc     #0
    add     w13, w13, #1
    b       1b
2:  adr     x10, payload_end
    ldr     w11, [x10, #4]              // w11  the end
    cmp     w11, #1
    b.eq    .
    b.lo    4f
    cmp     w11, #2
    b.hi    5f
3:  wfi
    b       3b
4:  mov     w0, #5                      // info_exit
    movk    w0, #0xc600, lsl #16
    mov     x1, #7                      // PAYLOAD_STATUS
    hvc     #0
    b       .
5:  mov     w0, #2                      // CPU_OFF
    movk    w0, #0x8400, lsl #16
    hvc     #0
    b       .
    .balign 8
payload_end:

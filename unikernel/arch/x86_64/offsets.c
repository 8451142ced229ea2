/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/asm_offsets.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/syscalls.h"

void offsets(void)
{
    SIZE(FRAME_SIZE, struct trap_frame);
    OFFSET(FRAME_VECTOR, struct trap_frame, vector);
    OFFSET(THREAD_FP, struct thread, fp);
    OFFSET(THREAD_FRAME, struct thread, frame);
    OFFSET(THREAD_CONTEXT, struct thread, context);
    OFFSET(THREAD_TLS, struct thread, tls);
    OFFSET(THREAD_DEPTH, struct thread, depth);
    OFFSET(THREAD_PENDING, struct thread, pending);
    OFFSET(THREAD_PREEMPTED, struct thread, preempted);
    OFFSET(GS_IST1, struct arch_cpu, ist1);
    OFFSET(GS_HANDLER_TOP, struct arch_cpu, handler_top);
    OFFSET(GS_PANIC_TOP, struct arch_cpu, panic_top);
    OFFSET(CTX_SP, struct arch_context, sp);
    OFFSET(CTX_PC, struct arch_context, pc);
    OFFSET(CTX_MXCSR, struct arch_context, mxcsr);
    OFFSET(CTX_X87, struct arch_context, x87);
    OFFSET(SYSCALLS_FN, struct syscalls, fn);
    NUMBER(SYSCALL_NUMBERS, SYSCALL_NUMBERS);
    NUMBER(SYSCALL_PURE, SYSCALL_PURE);
}

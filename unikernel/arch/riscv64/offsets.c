/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/asm_offsets.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/syscalls.h"

/* resume looks at both at once */
_Static_assert(offsetof(struct thread, kept_fp) == offsetof(struct thread, preempted) + 1 &&
               offsetof(struct thread, preempted) % 2 == 0);

void offsets(void)
{
    SIZE(FRAME_SIZE, struct trap_frame);
    OFFSET(FRAME_STATUS, struct trap_frame, status);
    OFFSET(THREAD_FP, struct thread, fp);
    OFFSET(THREAD_FCSR, struct thread, fp.fcsr);
    OFFSET(THREAD_FRAME, struct thread, frame);
    OFFSET(THREAD_RA, struct thread, context.ra);
    OFFSET(THREAD_SP, struct thread, context.sp);
    OFFSET(THREAD_S0, struct thread, context.s0_s11);
    OFFSET(THREAD_FS0, struct thread, context.fs0_fs11);
    OFFSET(THREAD_CTX_FCSR, struct thread, context.fcsr);
    OFFSET(THREAD_TRAP_SP, struct thread, context.trap_sp);
    OFFSET(THREAD_TLS, struct thread, tls);
    OFFSET(THREAD_CPU, struct thread, cpu);
    OFFSET(THREAD_DEPTH, struct thread, depth);
    OFFSET(THREAD_PENDING, struct thread, pending);
    OFFSET(THREAD_PREEMPTED, struct thread, preempted);
    OFFSET(THREAD_KEPT_FP, struct thread, kept_fp);
    OFFSET(THREAD_KSTACK_TOP, struct thread, kstack_top);
    OFFSET(CPU_IDLE, struct cpu, idle);
    OFFSET(CPU_IRQ_STACK_TOP, struct cpu, irq_stack_top);
    OFFSET(CPU_PANIC_STACK_TOP, struct cpu, panic_stack_top);
    OFFSET(SYSCALLS_FN, struct syscalls, fn);
    SIZE(GATE_CALL, struct gate_call);
    NUMBER(SYSCALL_NUMBERS, SYSCALL_NUMBERS);
    NUMBER(SYSCALL_PURE, SYSCALL_PURE);
}

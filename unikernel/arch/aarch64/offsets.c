/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/asm_offsets.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/syscalls.h"

void offsets(void)
{
    SIZE(FRAME_SIZE, struct trap_frame);
    OFFSET(FRAME_SP, struct trap_frame, sp);
    OFFSET(FRAME_PC, struct trap_frame, pc);
    OFFSET(FRAME_PSTATE, struct trap_frame, pstate);
    OFFSET(THREAD_FP, struct thread, fp);
    OFFSET(FP_FPCR, struct arch_fp, fpcr);
    OFFSET(THREAD_FRAME, struct thread, frame);
    OFFSET(CONTEXT_SP, struct arch_context, sp);
    OFFSET(CONTEXT_D8, struct arch_context, d8_d15);
    OFFSET(CONTEXT_FPCR, struct arch_context, fpcr);
    OFFSET(THREAD_TLS, struct thread, tls);
    OFFSET(THREAD_CPU, struct thread, cpu);
    OFFSET(THREAD_DEPTH, struct thread, depth);
    OFFSET(THREAD_PENDING, struct thread, pending);
    OFFSET(THREAD_PREEMPTED, struct thread, preempted);
    OFFSET(CPU_IRQ_STACK_TOP, struct cpu, irq_stack_top);
    OFFSET(CPU_PANIC_STACK_TOP, struct cpu, panic_stack_top);
    OFFSET(SYSCALLS_FN, struct syscalls, fn);
    SIZE(GATE_CALL, struct gate_call);
    NUMBER(SYSCALL_NUMBERS, SYSCALL_NUMBERS);
    NUMBER(SYSCALL_PURE, SYSCALL_PURE);
}

/* What arch_switch relies on. */
_Static_assert(offsetof(struct thread, context) == 0, "");
_Static_assert(offsetof(struct thread, tls) == offsetof(struct arch_context, fpcr) + 8, "");

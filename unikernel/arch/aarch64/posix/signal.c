/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's struct sigcontext: the address of a fault, the registers as a frame has them, and records, of
 * which there is one with the FP registers, and the end. */
#include "unikernel/kernel/fault.h"
#include "unikernel/posix/gate.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/signal/signal.h"
#include "lib/err.h"

#define EC_IABORT    0x21
#define EC_PC_ALIGN  0x22
#define EC_DABORT    0x25
#define EC_SP_ALIGN  0x26
#define EC_BRK       0x3c
#define PSTATE_FLAGS 0xf0000000ULL      /* all the application may have: NZCV */
#define FPSR_BITS    0xf800009fU
#define FPCR_BITS    0x07f79f00U
#define FPSIMD_MAGIC 0x46508001U
#define RECORDS      288U

struct fpsimd_record {
    uint32_t magic, size, fpsr, fpcr;
};
#define FPSIMD_SIZE (sizeof(struct fpsimd_record) + sizeof(((struct arch_fp *)0)->q))

unsigned arch_fault_signal(const struct fault *fault, int32_t *code)
{
    unsigned status = fault->esr & 0x3f;

    *code = 1;                          /* ILL_ILLOPC, TRAP_BRKPT, BUS_ADRALN */
    switch (fault->esr >> 26) {
    case EC_BRK:
        return SIGTRAP;
    case EC_PC_ALIGN:
    case EC_SP_ALIGN:
        return SIGBUS;
    case EC_IABORT:
    case EC_DABORT:
        *code = status == 0x21 ? 1 : status < 0x10 ? 0 : 3;     /* 3: BUS_OBJERR */
        return *code == 0 ? SIGSEGV : SIGBUS;
    default:
        return SIGILL;
    }
}

int arch_signal_save(uint64_t to, const struct trap_frame *f, uint64_t fault)
{
    static const uint64_t end[2];
    struct arch_fp *fp = &arch_self()->fp;
    uint64_t at = to + RECORDS;

    arch_fp_save(fp);
    const struct fpsimd_record r = { FPSIMD_MAGIC, FPSIMD_SIZE, (uint32_t)fp->fpsr, (uint32_t)fp->fpcr };

    if (user_write(to, &fault, 8) != 0 || user_write(to + 8, f, sizeof(*f)) != 0 ||
        user_write(at, &r, sizeof(r)) != 0 || user_write(at + sizeof(r), fp->q, sizeof(fp->q)) != 0) {
        return -EFAULT;
    }
    return user_write(at + FPSIMD_SIZE, end, sizeof(end));
}

int arch_signal_load(struct trap_frame *f, uint64_t from)
{
    struct arch_fp *fp = &arch_self()->fp;
    uint64_t pstate = f->pstate & ~PSTATE_FLAGS, at = from + RECORDS;
    struct fpsimd_record r;
    int err = user_read(f, from + 8, sizeof(*f));

    f->pstate = pstate | (f->pstate & PSTATE_FLAGS);
    if (err != 0 || user_read(&r, at, sizeof(r)) != 0 || r.magic != FPSIMD_MAGIC ||
        user_read(fp->q, at + sizeof(r), sizeof(fp->q)) != 0) {
        return -EFAULT;
    }
    fp->fpsr = r.fpsr & FPSR_BITS;
    fp->fpcr = r.fpcr & FPCR_BITS;
    arch_fp_load(fp);
    return 0;
}

int arch_signal_enter(struct trap_frame *f, uint64_t handler, unsigned signal, uint64_t at)
{
    f->x[0] = signal;
    f->x[1] = at;
    f->x[2] = at + 128;
    f->x[30] = (uint64_t)signal_return;
    f->sp = at;
    f->pc = handler;
    return 0;
}

void arch_gate_return(struct trap_frame *f, const struct gate_call *call)
{
    f->x[29] = call->fp;
    f->x[30] = f->pc = call->ret;
    f->sp += sizeof(*call);
}

void arch_gate_again(struct trap_frame *f, const struct gate_call *call)
{
    for (unsigned i = 0; i < ARRAY_LEN(call->arg); i++) f->x[i] = call->arg[i];
    f->x[8] = call->number;
    f->pc = (uint64_t)__uk_syscall;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What an exception means. Page faults are served only for the application: gate depth 0,
 * interrupts on. Instructions listed in .extable may fault and continue at their landing, those
 * of user.S return an error.
 * Everything else is a fault and is reported; the application's are its thread's end, the kernel's
 * are the system's. */
#include "unikernel/kernel/fault.h"
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/mm/mmu/table.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"
#include "lib/fmt.h"

#define PSTATE_I        BIT64(7)

#define EC_UNKNOWN      0x00
#define EC_FP           0x07
#define EC_BTI          0x0d
#define EC_ILLEGAL      0x0e
#define EC_SVC          0x15
#define EC_SYSREG       0x18
#define EC_IABORT       0x21
#define EC_PC_ALIGN     0x22
#define EC_DABORT       0x25
#define EC_SP_ALIGN     0x26
#define EC_BRK          0x3c

extern const struct landing {
    uint64_t at, to;
} __extable_start[], __extable_end[];

void trap_sync(struct trap_frame *f);
void trap_serror(struct trap_frame *f);
void trap_in_handler(struct trap_frame *f);

static bool is_translation(uint64_t esr) { return (esr & 0x3c) == 4; }
static bool is_permission(uint64_t esr)  { return (esr & 0x3c) == 12; }

static bool landed(struct trap_frame *f, uint64_t esr)
{
    if (f->pc - (uint64_t)user_begin < (uint64_t)(user_end - user_begin) &&
        (is_translation(esr) || is_permission(esr))) {
        f->pc = f->x[30];
        f->x[0] = (uint64_t)-EFAULT;
        return true;
    }
    for (const struct landing *l = __extable_start; l < __extable_end; l++) {
        if (l->at != f->pc) continue;
        f->pc = l->to;
        return true;
    }
    return false;
}


/* The entry was invalid when this CPU read it and has been made valid by another: without FEAT_ETS
 * that can be seen even after what the other did next. It is looked at again. */
static bool is_settled(uint64_t esr, uint64_t far)
{
    unsigned level;

    if (esr >> 26 != EC_DABORT && esr >> 26 != EC_IABORT) return false;
    return is_translation(esr) && va_is_canonical(far) && pte_is_valid(*map_find(far, &level));
}

static unsigned access_of(uint64_t esr)
{
    if (esr >> 26 == EC_IABORT) return SPACE_X;
    return esr & BIT64(6) ? SPACE_W : SPACE_R;
}

static const char *class_name(uint64_t esr)
{
    switch (esr >> 26) {
    case EC_UNKNOWN:    return "undefined instruction";
    case EC_FP:         return "vector instruction where none may be";
    case EC_BTI:        return "branch target exception";
    case EC_ILLEGAL:    return "illegal execution state";
    case EC_SVC:        return "svc instruction (system calls are function calls here)";
    case EC_SYSREG:     return "access to a system register that is not ours";
    case EC_PC_ALIGN:   return "misaligned program counter";
    case EC_SP_ALIGN:   return "misaligned stack pointer";
    case EC_BRK:        return "breakpoint instruction";
    case EC_IABORT:
    case EC_DABORT:     return NULL;
    default:            return "unexpected exception";
    }
}

static void describe(struct fault *fault, const struct trap_frame *f, uint64_t esr, uint64_t far)
{
    unsigned ec = (unsigned)(esr >> 26);
    const char *name = class_name(esr);
    const char *what = ec == EC_IABORT ? "execution" : esr & BIT64(6) ? "write" : "read";
    const char *why = is_translation(esr) ? "nothing is mapped there"
                      : is_permission(esr) ? "not allowed there"
                      : (esr & 0x3f) == 0x21 ? "misaligned" : "external abort or other";

    fault->frame = f;
    fault->esr = esr;
    fault->at = far;
    fault->is_access = name == NULL;
    fault->why = -EFAULT;
    if (name != NULL) {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s", name);
    } else if (far < PAGE_SIZE && is_translation(esr)) {
        (void)fmt_text(fault->text, sizeof(fault->text), "null pointer: %s of address 0x%lx", what,
                       far);
    } else {
        (void)fmt_text(fault->text, sizeof(fault->text), "%s of address 0x%lx: %s", what, far, why);
    }
}

/* An access just below the stack pointer, or where it points itself: the guard page was met. */
static bool is_stack_overflow(const struct trap_frame *f, uint64_t esr, uint64_t far)
{
    bool near = far < f->sp ? f->sp - far <= 2 * PAGE_SIZE : far / PAGE_SIZE == f->sp / PAGE_SIZE;

    return esr >> 26 == EC_DABORT && is_translation(esr) && near;
}

void trap_sync(struct trap_frame *f)
{
    struct thread *t = arch_self();
    uint64_t esr = sysreg_read(esr_el1) & 0xffffffff, far = sysreg_read(far_el1);
    unsigned ec = (unsigned)(esr >> 26);
    struct fault fault;
    int err = -EFAULT;

    if (landed(f, esr)) return;
    if ((ec == EC_DABORT || ec == EC_IABORT) && (is_translation(esr) || is_permission(esr)) &&
        t->depth == 0 && !(f->pstate & PSTATE_I) && far < LOW_END) {
        err = space_fault(far, access_of(esr));
        if (err == 0) return;
    }
    if (is_settled(esr, far) || signal_trapped(f, f->pc)) return;
    describe(&fault, f, esr, far);
    fault.why = err;
    fault.stack_overflow = err != -ENOMEM && is_stack_overflow(f, esr, far);
    /* The gate touches the application's stack before it enters the kernel. */
    fault.in_app = t->depth == 0 && (f->pc < LOW_END || (fault.is_access && far < LOW_END));
    fault_handle(&fault, f);
}

void trap_serror(struct trap_frame *f)
{
    struct fault fault;

    describe(&fault, f, sysreg_read(esr_el1) & 0xffffffff, 0);
    (void)fmt_text(fault.text, sizeof(fault.text), "asynchronous external abort (SError)");
    fault.is_access = fault.stack_overflow = fault.in_app = false;
    fault_handle(&fault, f);
}

void trap_in_handler(struct trap_frame *f)
{
    uint64_t stack = cpu_self()->irq_stack_top - IRQ_STACK_SIZE;
    uint64_t esr = sysreg_read(esr_el1) & 0xffffffff, far = sysreg_read(far_el1);
    struct fault fault;

    if (landed(f, esr) || is_settled(esr, far)) return;
    describe(&fault, f, esr, far);
    /* The handlers' stack has two pages on every CPU, and none below. */
    fault.stack_overflow = f->sp < stack + 256 && f->sp + PAGE_SIZE > stack;
    fault.in_app = false;
    fault_handle(&fault, f);
}

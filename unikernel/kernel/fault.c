/* SPDX-License-Identifier: Apache-2.0 */
/* Reports go out by the polling UART without locks: the one who holds them may be the one who
 * failed. A fault while a report is printed ends the machine without another word.
 *
 * A faulty application thread is sent into thread_die, in its own context: on its own stack when
 * enough of it is left, else on a fresh one. There pthread_exit, if the application has it, runs
 * its cleanups and lets joiners know. A faulty main thread is the end of the application. For a
 * thread that has used all memory up a few pages are set aside. */
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/kernel/symbols.h"
#include "unikernel/kernel/system.h"
#include "lib/err.h"

#define FRAMES_MAX      24U
#define STACK_NEEDED    16384U
#define RESERVE_ORDER   2U
#define SIGSEGV_STATUS  139         /* what a shell shows for a program that died so */

static struct cpu *reporting;       /* one CPU at a time; the others wait with theirs */
static uint64_t reserve;            /* pages; 0: given to a thread that ends. Who reports has it */

static void print_trace(uint64_t pc, uint64_t ret, uint64_t fp)
{
    uint64_t *at;
    bool outer = arch_frame_up(&fp, &at);

    log_text("  backtrace:\n");
    symbols_print("    ", pc, false);
    /* A leaf has made no frame yet: its caller is only in the link register. */
    if (ret != 0 && (!outer || *at != ret)) symbols_print("    ", ret, true);
    for (unsigned n = 0; outer && n < FRAMES_MAX; n++) {
        symbols_print("    ", *at, true);
        outer = arch_frame_up(&fp, &at);
    }
}

static void report_begin(void)
{
    struct cpu *other = NULL;
    unsigned rounds = 0;

    (void)arch_irq_save();
    while (!__atomic_compare_exchange_n(&reporting, &other, cpu_self(), false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
        if (other == cpu_self()) arch_exit(PANIC_STATUS);
        other = NULL;
        arch_spin(rounds++);
    }
    console_urgent(true);
}

static void report_end(void)
{
    console_urgent(false);
    __atomic_store_n(&reporting, NULL, __ATOMIC_RELEASE);
}

void panic(const char *format, ...)
{
    va_list args;

    report_begin();
    ipi_stop_others();
    log_text("\nPANIC in thread %u (%s): ", arch_self()->id, thread_label(arch_self()));
    va_start(args, format);
    log_vtext(format, args);
    va_end(args);
    log_text("\n");
    print_trace((uint64_t)__builtin_return_address(0), 0, (uint64_t)__builtin_frame_address(0));
    system_shutdown(PANIC_STATUS);
}

static void report(const struct fault *fault)
{
    const struct thread *t = arch_self();

    log_text("\nFAULT in thread %u (%s)%s: %s%s\n", t->id, thread_label(t),
             fault->in_app ? "" : ", in the kernel",
             fault->stack_overflow ? "stack overflow, "
             : fault->why == -ENOMEM ? "out of memory, "
             : fault->why == -EIO    ? "bus error, " : "",
             fault->text);
    arch_fault_print(fault);
    print_trace(fault->frame->pc, arch_frame_return(fault->frame), arch_frame_fp(fault->frame));
}

void fault_init(void)
{
    uint64_t pa;

    if (reserve == 0 && pages_alloc(RESERVE_ORDER, &pa) == 0) reserve = pa;
}

/* As much as the end of a thread needs below *sp, or elsewhere. */
static bool find_stack(uint64_t *sp)
{
    uint64_t fresh = 0;

    if (space_back(*sp - STACK_NEEDED, STACK_NEEDED, SPACE_R | SPACE_W) == 0) return true;
    if (space_map(&fresh, STACK_NEEDED, SPACE_R | SPACE_W, false) != 0) return false;
    if (space_back(fresh, STACK_NEEDED, SPACE_R | SPACE_W) != 0) return false;
    *sp = fresh + STACK_NEEDED;
    return true;
}

static bool find_stack_somehow(uint64_t *sp)
{
    if (find_stack(sp)) return true;
    if (reserve == 0) return false;
    pages_free(reserve, RESERVE_ORDER);
    reserve = 0;
    return find_stack(sp);
}

void fault_handle(const struct fault *fault, struct trap_frame *f)
{
    struct thread *t = arch_self();
    uint64_t sp = f->sp & ~15ULL;

    if (signal_fault(fault, f)) return;
    report_begin();
    report(fault);
    if (!fault->in_app || t->held != NULL || t->dying) {
        log_text("The system ends: this fault cannot be confined.\n");
        system_shutdown(PANIC_STATUS);
    }
    t->dying = true;
    fault_init();                           /* what was given away before may have come back */
    if (!find_stack_somehow(&sp)) {
        log_text("The system ends: no memory to end this thread.\n");
        system_shutdown(PANIC_STATUS);
    }
    report_end();
    arch_frame_redirect(f, thread_die, (void *)SIGSEGV_STATUS, sp);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"
#include <fcntl.h>
#include <fenv.h>
#include <sys/stat.h>

static char *page;                      /* one that may not be touched */
static volatile uintptr_t address;

static void repair(int signal, siginfo_t *info, void *context)
{
    note_info(signal, info, context);
    address = (uintptr_t)info->si_addr;
    if (mprotect((void *)(address & ~4095UL), 4096, PROT_READ | PROT_WRITE) != 0) _exit(4);
}

static char *new_page(int rights)
{
    return mmap(NULL, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void a_fault_is_repaired_and_the_access_repeated(void)
{
    CHECK(handle_info(SIGSEGV, repair, 0) == 0);
    for (int i = 0; i < 100; i++) {
        page = new_page(i % 2 ? PROT_NONE : PROT_READ);
        CHECK(page != MAP_FAILED);
        ((volatile char *)page)[77] = 5;
        CHECK(seen == i + 1 && seen_signal == SIGSEGV && seen_code == SEGV_ACCERR);
        CHECK(address == (uintptr_t)page + 77 && page[77] == 5 && !is_blocked(SIGSEGV));
        CHECK(munmap(page, 4096) == 0);
    }
}

static sigjmp_buf back;

static void jump_info(int signal, siginfo_t *info, void *context)
{
    note_info(signal, info, context);
    address = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static void an_address_where_nothing_is_is_told_apart(void)
{
    char *volatile nobody = BAD;

    page = new_page(PROT_READ | PROT_WRITE);
    CHECK(page != MAP_FAILED && munmap(page, 4096) == 0);
    CHECK(handle_info(SIGSEGV, jump_info, 0) == 0);
    if (sigsetjmp(back, 1) == 0) (void)*(volatile char *)(page + 9);
    CHECK(seen == 1 && seen_code == SEGV_MAPERR && address == (uintptr_t)page + 9);
    if (sigsetjmp(back, 1) == 0) *nobody = 1;
    CHECK(seen == 2 && seen_code == SEGV_MAPERR && address == 1);
    if (sigsetjmp(back, 1) == 0) ((void (*volatile)(void))(uintptr_t)page)();
    CHECK(seen == 3 && seen_code == SEGV_MAPERR && address == (uintptr_t)page);
}

static void go_on_elsewhere(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    note_info(signal, info, context);
    address = (uintptr_t)info->si_addr;
    UC_PC(uc) += 4;
}

/* Four bytes each. */
static void undefined(void)
{
#if defined(__aarch64__)
    __asm__ volatile(".inst 0x00000000" ::: "memory");
#elif defined(__x86_64__)
    __asm__ volatile("ud2; nop; nop" ::: "memory");
#else
    __asm__ volatile(".option push; .option norvc; csrw cycle, zero; .option pop" ::: "memory");
#endif
}

static void breakpoint(void)
{
#if defined(__aarch64__)
    __asm__ volatile("brk #0" ::: "memory");
#elif defined(__x86_64__)
    __asm__ volatile("int3; nop; nop; nop; nop" ::: "memory");
#else
    __asm__ volatile(".option push; .option norvc; ebreak; .option pop" ::: "memory");
#endif
}

static void the_program_counter_in_the_ucontext_counts(void)
{
    CHECK(handle_info(SIGILL, go_on_elsewhere, 0) == 0);
    undefined();
    CHECK(seen == 1 && seen_signal == SIGILL && address != 0);
    CHECK(handle_info(SIGTRAP, go_on_elsewhere, 0) == 0);
    breakpoint();
    CHECK(seen == 1 && seen_signal == SIGTRAP);
}

#if defined(__x86_64__)
static void a_division_by_zero_can_be_handled(void)
{
    volatile int zero = 0, result = 7;

    CHECK(handle_info(SIGFPE, jump_info, 0) == 0);
    if (sigsetjmp(back, 1) == 0) result = 1000 / zero;
    CHECK(seen == 1 && seen_signal == SIGFPE && seen_code == FPE_INTDIV && result == 7);
}
#endif

/* Registers, FP registers among them, that a handler finds and changes. */
static double in_fp;

static void change_registers(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    note_info(signal, info, context);
    UC_PC(uc) += 4;
#if defined(__aarch64__)
    struct fpsimd_context *fp = (void *)uc->uc_mcontext.__reserved;

    if (fp->head.magic != FPSIMD_MAGIC) return;
    memcpy(&in_fp, &fp->vregs[8], 8);
    fp->vregs[8] = 0;
    uc->uc_mcontext.regs[20] += 1;
#elif defined(__x86_64__)
    memcpy(&in_fp, &uc->uc_mcontext.fpregs->_xmm[8], 8);
    memset(&uc->uc_mcontext.fpregs->_xmm[8], 0, 8);
    uc->uc_mcontext.gregs[REG_R12] += 1;
#else
    memcpy(&in_fp, &uc->uc_mcontext.__fpregs.__d.__f[8], 8);
    uc->uc_mcontext.__fpregs.__d.__f[8] = 0;
    uc->uc_mcontext.__gregs[20] += 1;
#endif
}

static void registers_in_the_ucontext_count(void)
{
    double out = 1;
    long n = 41;

    CHECK(handle_info(SIGILL, change_registers, 0) == 0);
#if defined(__aarch64__)
    __asm__ volatile("mov x20, %1; fmov d8, #2.5; .inst 0; fmov %d0, d8; mov %1, x20"
                     : "=w"(out), "+r"(n) :: "d8", "x20", "memory");
#elif defined(__x86_64__)
    double in = 2.5;

    __asm__ volatile("mov %1, %%r12; movsd %2, %%xmm8; ud2; nop; nop; movsd %%xmm8, %0; mov %%r12, %1"
                     : "=m"(out), "+r"(n) : "m"(in) : "xmm8", "r12", "memory");
#else
    double in = 2.5;

    __asm__ volatile(".option push; .option norvc; mv s4, %1; fmv.d fs0, %2; csrw cycle, zero; fmv.d %0, fs0; mv %1, s4;"
                     ".option pop" : "=f"(out), "+r"(n) : "f"(in) : "fs0", "s4", "memory");
#endif
    CHECK(seen == 1 && in_fp == 2.5 && out == 0 && n == 42);
}

#if defined(__x86_64__)
static int rounding_inside, tags_inside;

static void look_at_fp(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    uint32_t environment[7];

    note(signal);
    UC_PC(uc) += 4;
    rounding_inside = fegetround();
    __asm__ volatile("fnstenv %0" : "=m"(environment));
    tags_inside = environment[2] & 0xffff;
}

/* A function begins with nothing on the stack of the x87, wherever the program was interrupted. */
static void a_handler_begins_with_fp_registers_as_a_program_does(void)
{
    long double sum = 0;

    CHECK(handle_info(SIGILL, look_at_fp, 0) == 0 && fesetround(FE_UPWARD) == 0);
    __asm__ volatile("fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1; ud2; nop; nop;"
                     "faddp; faddp; faddp; faddp; faddp; faddp; faddp; fstpt %0"
                     : "=m"(sum) :: "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "memory");
    CHECK(seen == 1 && rounding_inside == FE_TONEAREST && tags_inside == 0xffff);
    CHECK(sum == 8 && fegetround() == FE_UPWARD && fesetround(FE_TONEAREST) == 0);
}
#endif

static char stack[65536];

static void a_stack_overflow_is_handled_on_the_other_stack(void)
{
    stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) };

    CHECK(sigaltstack(&s, NULL) == 0 && handle_info(SIGSEGV, jump_info, SA_ONSTACK) == 0);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(back, 1) == 0) use_stack(1L << 30);
        CHECK(seen == i + 1 && seen_signal == SIGSEGV);
        CHECK(sigaltstack(NULL, &s) == 0 && s.ss_flags == 0);
    }
    s.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&s, NULL) == 0);
}

static void *overflow_in_thread(void *arg)
{
    a_stack_overflow_is_handled_on_the_other_stack();
    return arg;
}

static void also_that_of_a_thread(void)
{
    pthread_t t;

    CHECK(pthread_create(&t, NULL, overflow_in_thread, NULL) == 0 && pthread_join(t, NULL) == 0);
}

/* Pages behind the end of a file that is mapped are there and have nothing in them. */
static void behind_the_end_of_a_file_is_a_bus_error(void)
{
    char *at;
    int fd;

    (void)mkdir("/tmp", 0777);
    fd = open("/tmp/signals.file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 10) == 0);
    at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED && handle_info(SIGBUS, jump_info, 0) == 0);
    at[9] = 1;
    if (sigsetjmp(back, 1) == 0) (void)*(volatile char *)(at + 4096 + 7);
    CHECK(seen == 1 && seen_signal == SIGBUS && seen_code == BUS_ADRERR && address == (uintptr_t)at + 4096 + 7);
    if (sigsetjmp(back, 1) == 0) ((volatile char *)at)[8191] = 1;
    CHECK(seen == 2 && seen_code == BUS_ADRERR && address == (uintptr_t)at + 8191 && at[9] == 1);
    CHECK(munmap(at, 8192) == 0 && close(fd) == 0 && unlink("/tmp/signals.file") == 0);
}

/* A call is refused; what the same address does in the program is a fault. */
static void a_call_with_a_bad_address_is_no_fault(void)
{
    CHECK(handle_info(SIGSEGV, jump_info, 0) == 0);
    FAILS(write(1, BAD, 1), EFAULT);
    CHECK(seen == 0);
}

const struct test fault_tests[] = {
    { "a_fault_is_repaired_and_the_access_repeated", a_fault_is_repaired_and_the_access_repeated },
    { "an_address_where_nothing_is_is_told_apart", an_address_where_nothing_is_is_told_apart },
    { "the_program_counter_in_the_ucontext_counts", the_program_counter_in_the_ucontext_counts },
#if defined(__x86_64__)
    { "a_division_by_zero_can_be_handled", a_division_by_zero_can_be_handled },
#endif
    { "registers_in_the_ucontext_count", registers_in_the_ucontext_count },
#if defined(__x86_64__)
    { "a_handler_begins_with_fp_registers_as_a_program_does", a_handler_begins_with_fp_registers_as_a_program_does },
#endif
    { "a_stack_overflow_is_handled_on_the_other_stack", a_stack_overflow_is_handled_on_the_other_stack },
    { "also_that_of_a_thread", also_that_of_a_thread },
    { "behind_the_end_of_a_file_is_a_bus_error", behind_the_end_of_a_file_is_a_bus_error },
    { "a_call_with_a_bad_address_is_no_fault", a_call_with_a_bad_address_is_no_fault },
    { NULL, NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* On Linux, where these would end the program, they are not run: a thread that returns from a handler to
 * what cannot be, or is killed in one, ends, and the others go on. */
#include "signals.h"

#define KERNEL_CODE 0xffffffff80002000U
#define NO_STACK    4096U

static volatile int id, may_go_on;

static void go_to_the_kernel(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    UC_PC(uc) = KERNEL_CODE;
}

static void set_stack(ucontext_t *uc, uintptr_t to)
{
#if defined(__aarch64__)
    uc->uc_mcontext.sp = to;
#elif defined(__x86_64__)
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)to;
#else
    uc->uc_mcontext.__gregs[REG_SP] = to;
#endif
}

static void lose_the_stack(int signal, siginfo_t *info, void *context) { set_stack(context, NO_STACK); }

static void take_the_kernels_stack(int signal, siginfo_t *info, void *context)
{
    UC_PC((ucontext_t *)context) += 4;
    set_stack(context, KERNEL_CODE);
}

static void stay(int signal, siginfo_t *info, void *context)
{
    id = gettid();
    while (!may_go_on) { }
}

static void *raise_and_stay(void *arg)
{
    raise(SIGUSR1);
    while (seen == 0) { }
    return arg;
}

/* Nothing in here needs a stack. */
static void *fault_and_go_on(void *arg)
{
#if defined(__aarch64__)
    __asm__ volatile(".inst 0; str %w1, [%0]; .inst 0" :: "r"(&id), "r"(1) : "memory");
#elif defined(__x86_64__)
    __asm__ volatile("ud2; nop; nop; movl $1, (%0); ud2" :: "r"(&id) : "memory");
#else
    __asm__ volatile(".option push; .option norvc; csrw cycle, zero; sw %1, (%0); csrw cycle, zero; .option pop"
                     :: "r"(&id), "r"(1) : "memory");
#endif
    return arg;
}

static void *raise_it(void *arg)
{
    raise(SIGUSR1);
    return arg;
}

static void *do_nothing(void *arg) { return arg; }

static void others_go_on(void)
{
    pthread_t t;

    CHECK(handle(SIGUSR1, note, 0) == 0 && raise(SIGUSR1) == 0 && seen == 1);
    CHECK(pthread_create(&t, NULL, do_nothing, NULL) == 0 && pthread_join(t, NULL) == 0);
}

static void a_return_to_what_cannot_be_ends_the_thread(void)
{
    static void (*const handlers[])(int, siginfo_t *, void *) = { go_to_the_kernel, lose_the_stack };
    pthread_t t;
    void *result;

    for (int i = 0; i < 4; i++) {
        CHECK(handle_info(SIGUSR1, handlers[i % 2], 0) == 0);
        CHECK(pthread_create(&t, NULL, raise_it, NULL) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
        others_go_on();
    }
}

static void a_thread_does_not_get_the_kernels_stack(void)
{
    pthread_t t;
    void *result;

    CHECK(handle_info(SIGILL, take_the_kernels_stack, 0) == 0);
    id = 0;
    CHECK(pthread_create(&t, NULL, fault_and_go_on, NULL) == 0);
    CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED && id == 0);
    others_go_on();
}

/* Libc, which it has interrupted, may hold a lock: the handler returns before the thread ends. */
static void a_thread_is_killed_in_a_handler(void)
{
    pthread_t t;
    void *result;

    for (int i = 0; i < 5; i++) {
        CHECK(handle_info(SIGUSR1, stay, 0) == 0);
        id = may_go_on = 0;
        CHECK(pthread_create(&t, NULL, raise_and_stay, NULL) == 0);
        while (id == 0) nap(1);
        CHECK(uk_thread_kill(id) == 0);
        nap(2);
        may_go_on = 1;
        CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
        others_go_on();
    }
}

#if !defined(__riscv)                   /* there the ucontext has none of it */
static void set_what_is_not_its_own(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

#if defined(__aarch64__)
    uc->uc_mcontext.pstate |= 0x3cf;            /* interrupts off, another exception level */
#else
    uc->uc_mcontext.gregs[REG_EFL] &= ~0x200;   /* interrupts off */
    uc->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x4000 | 0x40000;
    uc->uc_mcontext.gregs[REG_CSGSFS] = -1;
#endif
    note(signal);
}

static void *let_go_on(void *arg)
{
    nap(20);
    may_go_on = 1;
    return arg;
}

/* Who waits in a loop needs interrupts to be preempted. */
static void privileged_bits_of_the_ucontext_do_not_count(void)
{
    pthread_t t;

    may_go_on = 0;
    CHECK(handle_info(SIGUSR1, set_what_is_not_its_own, 0) == 0);
    CHECK(pthread_create(&t, NULL, let_go_on, NULL) == 0 && raise(SIGUSR1) == 0 && seen == 1);
    while (!may_go_on) { }
    CHECK(pthread_join(t, NULL) == 0);
}
#endif

const struct test our_tests[] = {
    { "a_return_to_what_cannot_be_ends_the_thread", a_return_to_what_cannot_be_ends_the_thread },
    { "a_thread_does_not_get_the_kernels_stack", a_thread_does_not_get_the_kernels_stack },
    { "a_thread_is_killed_in_a_handler", a_thread_is_killed_in_a_handler },
#if !defined(__riscv)
    { "privileged_bits_of_the_ucontext_do_not_count", privileged_bits_of_the_ucontext_do_not_count },
#endif
    { NULL, NULL },
};

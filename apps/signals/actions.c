/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

static void a_handler_runs_and_returns(void)
{
    CHECK(handle(SIGUSR1, note, 0) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && seen_signal == SIGUSR1);
    CHECK(kill(getpid(), SIGUSR1) == 0 && seen == 2);
    CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0 && seen == 3);
    CHECK(signal(SIGUSR1, SIG_IGN) == note);
    CHECK(raise(SIGUSR1) == 0 && seen == 3);
}

static void siginfo_tells_who_sent(void)
{
    CHECK(handle_info(SIGUSR2, note_info, 0) == 0);
    CHECK(kill(getpid(), SIGUSR2) == 0 && seen == 1);
    CHECK(seen_info.si_signo == SIGUSR2 && seen_info.si_code == SI_USER);
    CHECK(seen_info.si_pid == getpid() && seen_info.si_uid == getuid());
    CHECK(raise(SIGUSR2) == 0 && seen == 2 && seen_info.si_code == SI_TKILL);
    CHECK(seen_info.si_pid == getpid());
}

/* -1 is everybody else, whom there need not be. */
static void the_process_is_its_own_group(void)
{
    (void)setsid();
    CHECK(handle(SIGUSR1, note, 0) == 0 && getpid() != 1 && getpgrp() == getpid());
    CHECK(kill(0, SIGUSR1) == 0 && seen == 1);
    CHECK(killpg(getpgrp(), SIGUSR1) == 0 && seen == 2 && killpg(getpgrp(), 0) == 0);
    FAILS(killpg(getpgrp(), 65), EINVAL);
    FAILS(kill(-99999, 0), ESRCH);
    (void)kill(-1, 0);
    CHECK(seen == 2);
}

static void what_does_nothing_by_default_does_nothing(void)
{
    static const int quiet[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

    for (unsigned i = 0; i < 4; i++) CHECK(raise(quiet[i]) == 0 && !is_pending(quiet[i]));
}

static int depth, deepest, blocked_inside, other_inside;

static void nest(int signal)
{
    deepest = ++depth > deepest ? depth : deepest;
    blocked_inside = is_blocked(signal);
    other_inside = is_blocked(SIGUSR2);
    if (seen++ < 3) raise(signal);
    depth--;
}

static void a_handler_blocks_its_own_signal_unless_told_not_to(void)
{
    CHECK(handle(SIGUSR1, nest, 0) == 0);
    depth = deepest = 0;
    CHECK(raise(SIGUSR1) == 0);
    CHECK(seen == 4 && deepest == 1 && blocked_inside && !other_inside && !is_blocked(SIGUSR1));
    CHECK(handle(SIGUSR1, nest, SA_NODEFER) == 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(seen == 4 && deepest == 4 && !blocked_inside);
}

static void the_mask_of_an_action_is_blocked_while_it_runs(void)
{
    struct sigaction a = { .sa_handler = nest }, old;

    sigfillset(&a.sa_mask);
    seen = 3;
    CHECK(sigaction(SIGUSR1, &a, NULL) == 0 && raise(SIGUSR1) == 0);
    CHECK(blocked_inside && other_inside && !is_blocked(SIGUSR2));
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == nest);
    CHECK(sigismember(&old.sa_mask, SIGUSR2) && !sigismember(&old.sa_mask, SIGKILL));
}

static void an_action_can_be_for_once(void)
{
    struct sigaction now;

    CHECK(handle(SIGURG, note, (int)SA_RESETHAND) == 0);
    CHECK(raise(SIGURG) == 0 && raise(SIGURG) == 0 && seen == 1);
    CHECK(sigaction(SIGURG, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

static sigjmp_buf back;

static void jump(int signal) { siglongjmp(back, signal); }

static void a_handler_may_jump_out(void)
{
    volatile int times = 0;

    CHECK(handle(SIGUSR1, jump, 0) == 0);
    for (int i = 0; i < 1000; i++) {
        int by = sigsetjmp(back, 1);

        if (by == 0) {
            raise(SIGUSR1);
            CHECK(0);
        }
        CHECK(by == SIGUSR1 && !is_blocked(SIGUSR1));
        times++;
    }
    CHECK(times == 1000);
}

static char stack[65536];
static int on_it;

static void look_where(int signal)
{
    char here;
    stack_t s;

    note(signal);
    on_it = &here >= stack && &here < stack + sizeof(stack);
    CHECK(sigaltstack(NULL, &s) == 0);
    CHECK(s.ss_flags == (on_it ? SS_ONSTACK : s.ss_size == 0 ? SS_DISABLE : 0));
    s.ss_flags = SS_DISABLE;
    if (on_it) FAILS(sigaltstack(&s, NULL), EPERM);
}

static void a_handler_can_have_a_stack_of_its_own(void)
{
    stack_t s = { .ss_sp = stack, .ss_size = sizeof(stack) }, old;

    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
    CHECK(sigaltstack(&s, NULL) == 0);
    CHECK(handle(SIGUSR1, look_where, SA_ONSTACK) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && on_it);
    CHECK(handle(SIGUSR1, look_where, 0) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && !on_it);
    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == stack && old.ss_size == sizeof(stack) && old.ss_flags == 0);
    s.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&s, &old) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
    CHECK(handle(SIGUSR1, look_where, SA_ONSTACK) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && !on_it);
}

static void change_mask(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    note(signal);
    CHECK(!sigismember(&uc->uc_sigmask, SIGUSR2));
    sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void the_mask_in_the_ucontext_counts_at_return(void)
{
    CHECK(handle_info(SIGUSR1, change_mask, 0) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && is_blocked(SIGUSR2));
    CHECK(mask(SIG_UNBLOCK, SIGUSR2) == 0);
}

static char other_stack[65536];
static stack_t wanted;
static int where;                   /* 0: by the call, 1: in the ucontext */

static void change_stack(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    note(signal);
    CHECK(uc->uc_stack.ss_sp == stack && uc->uc_stack.ss_size == sizeof(stack) && uc->uc_stack.ss_flags == 0);
    if (where == 1) uc->uc_stack = wanted;
    else CHECK(sigaltstack(&wanted, NULL) == 0);
}

static void the_stack_in_the_ucontext_counts_at_return(void)
{
    const stack_t first = { .ss_sp = stack, .ss_size = sizeof(stack) }, off = { .ss_flags = SS_DISABLE };
    const stack_t small = { .ss_sp = other_stack, .ss_size = 100 }, wrong = { .ss_sp = other_stack, .ss_flags = 0x54,
                                                                              .ss_size = sizeof(other_stack) };
    stack_t now;

    CHECK(sigaltstack(&first, NULL) == 0 && handle_info(SIGUSR1, change_stack, 0) == 0);
    wanted = (stack_t){ .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
    where = 0;
    CHECK(raise(SIGUSR1) == 0 && seen == 1 && sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
    where = 1;
    CHECK(raise(SIGUSR1) == 0 && sigaltstack(&first, &now) == 0 && now.ss_sp == other_stack &&
          now.ss_size == sizeof(other_stack));
    /* What sigaltstack would refuse changes nothing. */
    wanted = small;
    CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
    wanted = wrong;
    CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
    wanted = off;
    CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_flags == SS_DISABLE);
}

static void raise_again(int signal, siginfo_t *info, void *context)
{
    wanted = (stack_t){ .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
    CHECK(raise(SIGUSR1) == 0);
}

/* A handler returns to another one on the stack: that stays. */
static void a_stack_that_is_used_is_not_changed(void)
{
    stack_t first = { .ss_sp = stack, .ss_size = sizeof(stack) }, now;

    where = 1;
    CHECK(sigaltstack(&first, NULL) == 0 && handle_info(SIGUSR1, change_stack, 0) == 0);
    CHECK(handle_info(SIGUSR2, raise_again, SA_ONSTACK) == 0 && raise(SIGUSR2) == 0);
    CHECK(sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
    first.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&first, NULL) == 0);
}

const struct test action_tests[] = {
    { "a_handler_runs_and_returns", a_handler_runs_and_returns },
    { "siginfo_tells_who_sent", siginfo_tells_who_sent },
    { "the_process_is_its_own_group", the_process_is_its_own_group },
    { "what_does_nothing_by_default_does_nothing", what_does_nothing_by_default_does_nothing },
    { "a_handler_blocks_its_own_signal_unless_told_not_to", a_handler_blocks_its_own_signal_unless_told_not_to },
    { "the_mask_of_an_action_is_blocked_while_it_runs", the_mask_of_an_action_is_blocked_while_it_runs },
    { "an_action_can_be_for_once", an_action_can_be_for_once },
    { "a_handler_may_jump_out", a_handler_may_jump_out },
    { "a_handler_can_have_a_stack_of_its_own", a_handler_can_have_a_stack_of_its_own },
    { "the_mask_in_the_ucontext_counts_at_return", the_mask_in_the_ucontext_counts_at_return },
    { "the_stack_in_the_ucontext_counts_at_return", the_stack_in_the_ucontext_counts_at_return },
    { "a_stack_that_is_used_is_not_changed", a_stack_that_is_used_is_not_changed },
    { NULL, NULL },
};

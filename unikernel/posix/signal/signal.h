/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as the files of this folder see them. What is sent and what it does is under signals.lock,
 * which is taken after that of the threads. A thread's mask is changed by itself alone, and without
 * the lock: whoever sends looks at it after he has put the signal into the queue, and the thread looks
 * at the queues after it has changed its mask. */
#pragma once

#include "unikernel/kernel/thread.h"
#include "unikernel/posix/linux.h"

#define SIGNALS 64U

enum {
    SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGALRM = 14,
    SIGCHLD = 17, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG = 23, SIGVTALRM = 26,
    SIGPROF = 27, SIGWINCH = 28,
    SIGRTMIN = 32, SIGCANCEL = 33,  /* musl's, for pthread_cancel */
};

#define SI_USER   0
#define SI_TIMER  (-2)
#define SI_TKILL  (-6)
#define SI_KERNEL 128

#define SA_ONSTACK   (1U << 27)
#define SA_RESTART   (1U << 28)
#define SA_NODEFER   (1U << 30)
#define SA_RESETHAND (1U << 31)

#define SIG_DFL 0U
#define SIG_IGN 1U

/* The part of Linux's siginfo that is used. */
struct siginfo {
    int32_t signo, error, code, rsv;
    uint64_t word[2];               /* process and user, or timer and overruns, or the address; value */
};

/* For handlers: sigaltstack's. */
struct linux_stack {
    uint64_t base;
    int32_t flags, rsv;
    uint64_t len;
};

enum { SS_ONSTACK = 1, SS_DISABLE };

struct signal_entry {
    struct signal_entry *next;
    struct siginfo info;
    struct signal_queue *in;        /* NULL: in none */
    /** It is not from the pool: leaves the queue now, and what there is to tell goes into info. */
    void (*taken)(struct signal_entry *e, struct siginfo *info);
};

struct signal_action {
    uint64_t handler, flags, mask;
};

extern struct signals {
    struct spinlock lock;
    struct signal_queue queue;      /* for whoever does not block it */
    void (*sent)(void);             /* NULL, or to be told of each signal (signalfd.c) */
} signals;

extern struct signal_action signal_actions[SIGNALS];        /* under signals.lock */

static inline uint64_t signal_bit(unsigned signal) { return BIT64(signal - 1); }

#define NEVER_BLOCKED (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

static inline struct signal_action *signal_action(unsigned signal)
{
    return &signal_actions[signal - 1];
}

/* ---- queue.c, with the lock held */

/** -EAGAIN when a value was to be queued and there is no place. own: the entry to use, which is in no
 * queue; NULL: one of the pool. */
int queue_add(struct signal_queue *q, const struct siginfo *info, struct signal_entry *own) must_check;

/** Take the first of the signals in set that is there: those a fault has sent, then the lowest. */
bool queue_take(struct signal_queue *q, uint64_t set, struct siginfo *out);

/** Take all of the signals in set away. */
void queue_drop(struct signal_queue *q, uint64_t set);

/** Take just this one away, which is in a queue. */
void queue_remove(struct signal_entry *e);

/* ---- send.c */

/** Would it do nothing now? With the lock held. */
bool signal_is_ignored(unsigned signal);

/** To a thread, or the process (0). Any context that holds no lock of rank LOCK_THREADS or above.
 * own: the entry it is to have (queue_add). -ESRCH. */
int signal_send_as(uint32_t thread, const struct siginfo *info, struct signal_entry *own) must_check;

static inline must_check int signal_send(const struct siginfo *info)
{
    return signal_send_as(0, info, NULL);
}

static inline must_check int signal_send_to(uint32_t thread, const struct siginfo *info)
{
    return signal_send_as(thread, info, NULL);
}

/** Of the signals of the process, these are without somebody who looks after them. */
void signal_offer(uint64_t set);

/* ---- action.c */

/** The stack for handlers of a thread whose stack pointer is sp. -EPERM: it is on that which it has. -EINVAL, -ENOMEM:
 * this is none. */
int signal_set_stack(struct thread *t, const struct linux_stack *given, uint64_t sp) must_check;

/* ---- mask.c: the calling thread */

void signal_set_mask(struct thread *t, uint64_t mask);

/** Are there signals it does not block? PENDING_SIGNAL says so then. With the lock held. */
bool signal_update(struct thread *t);

/** Take one of set, from the thread's queue or the process'. With the lock held. */
bool signal_take(struct thread *t, uint64_t set, struct siginfo *out);

/** For the application: 128 bytes. */
int siginfo_write(uint64_t to, const struct siginfo *info) must_check;

/* ---- the port's part (arch/ISA/posix/signal.c) */

struct gate_call;
struct fault;

/** What Linux sends, and the si_code of it; *code 0: SIGSEGV, where the address tells. */
unsigned arch_fault_signal(const struct fault *fault, int32_t *code);

/** Registers, FP registers among them, into the mcontext at `to`; fault: the address it was about. */
int arch_signal_save(uint64_t to, const struct trap_frame *f, uint64_t fault) must_check;

/** And back; privileged state stays as it is in f, which may have changed in part on failure. */
int arch_signal_load(struct trap_frame *f, uint64_t from) must_check;

/** f begins with a handler whose frame is at `at`. -EFAULT. */
int arch_signal_enter(struct trap_frame *f, uint64_t handler, unsigned signal, uint64_t at) must_check;

/** f, whose stack pointer is at the call: as the call returns with its result, or, as it begins. */
void arch_gate_return(struct trap_frame *f, const struct gate_call *call);
void arch_gate_again(struct trap_frame *f, const struct gate_call *call);

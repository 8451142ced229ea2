/* SPDX-License-Identifier: Apache-2.0 */
/* Threads. A POSIX thread and a kernel thread are the same object; the difference is that the first
 * spends its time at gate depth 0, in the application, and the second never does. */
#pragma once

#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/timerq.h"
#include "unikernel/mm/stack.h"
#include "lib/list.h"

#define THREAD_ID_MAIN  100
#define THREAD_NAME_MAX 24

enum thread_state {
    THREAD_HELD,            /* made, not started: waits for thread_run */
    THREAD_READY,           /* ... or running */
    THREAD_RUNNING,         /* only told (struct thread_info), never kept */
    THREAD_BLOCKED,
    THREAD_EXITED,
};

enum thread_role { ROLE_KERNEL, ROLE_IDLE, ROLE_MAIN, ROLE_APP };

#define PENDING_KILL   1U       /* end at the next place where that is safe */
#define PENDING_CANCEL 2U       /* libc wants the next blocking call to return EINTR, once */
#define PENDING_SIGNAL 4U       /* there is a signal that the thread does not block, or there was */

/* Level 0 is SCHED_OTHER; 1 to 99 are the priorities of SCHED_FIFO and SCHED_RR. */
#define PRIO_LEVELS 100U

enum thread_policy { POLICY_OTHER, POLICY_FIFO, POLICY_RR };    /* Linux's numbers */

struct cpu;

/* Signals that have been sent and not yet taken (posix/signal). */
struct signal_queue {
    uint64_t set;                   /* bit n - 1: there is a signal n */
    struct signal_entry *first;     /* what is known of them, oldest first */
};

struct thread_signals {
    struct signal_queue queue;
    uint64_t mask;                  /* blocked */
    uint64_t waited;                /* what sigtimedwait waits for */
    uint64_t mask_before;           /* if mask_ends: what is blocked when this call is over */
    uint64_t pc;                    /* of `frame`, if that is to take a signal first */
    uint64_t stack, stack_len;      /* for handlers that want it; 0: none */
    bool mask_ends;
};

struct thread {
    struct arch_context context;    /* valid while switched out and not preempted */
    uint64_t tls;                   /* libc's thread pointer while switched out */
    struct cpu *cpu;
    uint32_t depth;                 /* gate depth: 0 in the application */
    uint32_t pending;               /* PENDING_* */
    struct list run;                /* in a ring of cpu, or in cpu->leaving */
    struct thread **ring;           /* while queued: of cpu->front */
    uint8_t prio;                   /* level it is scheduled at */
    uint8_t policy;                 /* enum thread_policy */
    uint8_t state;                  /* enum thread_state */
    bool queued;                    /* in a ring */
    bool preempted;
    bool kept_fp;                   /* riscv64: context has the FP registers */
    bool dying;                     /* on its way out after a fault or a kill */
    bool cancellable;               /* in a call that a kill cuts short */
    uint8_t looks;                  /* for a place where it can end, since it was killed */
    bool exiting;                   /* of its own accord: a kill has no effect any more */
    bool start_held;                /* the next thread this one makes is only held */
    uint8_t own_prio, inherited;    /* prio is the higher of them */
    uint32_t affinity;              /* CPUs it may run on */
    int wake_result;
    struct timer timer;             /* deadline of a blocking call, in cpu->timers */
    uint64_t deadline_ns;           /* ... while it is queued: that deadline */
    struct lock_guard *held;        /* locks held, innermost first */

    struct arch_fp fp;
    struct trap_frame frame;        /* valid while preempted */

    uint32_t id;
    enum thread_role role;
    char name[THREAD_NAME_MAX];
    struct list all;                /* in the list of all threads */

    struct list wait;               /* in a futex bucket */
    uint64_t wait_key;
    uint32_t wait_bits;
    struct list pi_waiters;         /* who waits for what this thread owns (pi.c) */
    struct list pi_node;
    struct thread *pi_owner;        /* whose pi_waiters we are in, NULL: nobody's */
    uint32_t *pi_word;
    uint64_t robust;                /* of the application: robust locks (posix/futex.c) */
    int *clear_tid;                 /* set to 0 and woken when the thread ends */
    int (*entry)(void *);           /* of the application: what it runs */
    void *entry_arg;
    void (*fault)(void);            /* instead of ending, killed, it does this; NULL: it ends */
    struct stack stack;             /* of the application; given back when the thread is off it */
    uint64_t cpu_ticks;             /* it ran, as far as counted (cputime.h) */
    void *kstack_top;               /* NULL: the stack is not ours */
    struct thread_signals signals;
};

static inline const char *thread_label(const struct thread *t)
{
    return t->name[0] != '\0' ? t->name : "system-thread";
}

static inline bool thread_is_killed(const struct thread *t)
{
    return __atomic_load_n(&t->pending, __ATOMIC_RELAXED) & PENDING_KILL && !t->dying && !t->exiting;
}

static inline bool thread_is_signalled(const struct thread *t)
{
    return __atomic_load_n(&t->pending, __ATOMIC_RELAXED) & PENDING_SIGNAL;
}

static inline bool thread_is_kernel(const struct thread *t) { return t->role <= ROLE_IDLE; }

/* ---- life */

struct cpu;
/** Make `t`, which is running or will be soon, the idle thread of c. Ids are 11, 22, 33 ... */
void thread_init_idle(struct thread *t, struct cpu *c);
void thread_list_idle(struct thread *t);

/** A thread object, HELD, known by id. name: NULL is none yet. NULL without memory. */
struct thread *thread_new(enum thread_role role, const char *name);

/** A kernel thread on a stack of its own, ready to run. */
int thread_spawn(const char *name, void (*fn)(void *), void *arg) must_check;

/** HELD -> READY, at the end of the queue or at its front. -EBUSY in any other state. */
int thread_start(struct thread *t, bool front) must_check;

/** End the calling thread; its stack may be gone already. */
noreturn_fn void thread_exit(void);

/** Ask an application's thread to end: in its own code at once, in libc at a cancellation point, or
 * back in its own code (libc/kill.c). */
void thread_kill(struct thread *t);
void threads_kill_others(void);

/** The thread's blocking call, this one or the next, returns -EINTR. */
void thread_interrupt(struct thread *t);

/** What can be told of a thread when it may be gone the next moment. */
struct thread_info {
    uint32_t id;
    enum thread_role role;
    enum thread_state state;
    uint32_t cpu;                   /* it is on, or was last */
    uint8_t prio;
    char name[THREAD_NAME_MAX];
    uint64_t cpu_ns;                /* it ran; of an idle thread: its CPU idled (cputime.h) */
};

/** The thread with the smallest id above `after`; false at the end. */
bool thread_next(uint32_t after, struct thread_info *out);
/** fn for the thread of that id, under the lock of the threads. @return what fn says, -ESRCH
 * when there is none. */
int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg) must_check;

/* ---- blocking: prepare under the lock of whatever is waited for, release it, then finish */

static inline void thread_block_prepare(void)
{
    /* Release: the result of the wait before has been read. */
    __atomic_store_n(&arch_self()->state, THREAD_BLOCKED, __ATOMIC_RELEASE);
}

/** Sleep until thread_wake, or the deadline (time.h). @return what thread_wake said, -ETIMEDOUT,
 * or -EINTR on kill. */
int thread_block_finish(uint64_t deadline_ns);

/** The wall clock was set: threads that wait until a moment of it do so by what it shows now. */
void threads_wall_clock_set(void);

/** @return false when t was not blocked, or somebody else woke it. Any context. */
bool thread_wake(struct thread *t, int result);

/** To the next thread of the same level, if there is one. */
void thread_yield(void);

/** -EINVAL when policy and priority do not fit. */
int thread_set_policy(struct thread *t, enum thread_policy policy, unsigned prio) must_check;

/** Only these CPUs, from now on. -EINVAL when none of them is there. */
int thread_set_affinity(struct thread *t, uint32_t mask) must_check;

/** The level t is scheduled at is at least this, whatever its own is. */
void thread_inherit(struct thread *t, unsigned prio);

/* ---- for the ISA port */

/** Last thing of an interrupt taken from a thread: may go on in another thread and then does not
 * return. */
void sched_irq_exit(struct trap_frame *f);
noreturn_fn void sched_idle(void);
void sched_timer_irq(void);

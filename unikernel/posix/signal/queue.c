/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/signal/signal.h"
#include "lib/err.h"

#define ENTRIES     256U
#define SYNCHRONOUS (signal_bit(SIGILL) | signal_bit(SIGTRAP) | signal_bit(SIGBUS) |             \
                     signal_bit(SIGFPE) | signal_bit(SIGSEGV))

static struct {
    struct signal_entry entries[ENTRIES], *free;
    unsigned used;                  /* so many have been taken for the first time */
} pool;

static struct signal_entry *entry_new(void)
{
    struct signal_entry *e = pool.free;

    if (e != NULL) pool.free = e->next;
    else if (pool.used < ENTRIES) e = &pool.entries[pool.used++];
    return e;
}

static void entry_free(struct signal_entry *e)
{
    e->next = pool.free;
    pool.free = e;
}

/* Of signals below SIGRTMIN one is kept. What kill sends is never refused: without an entry only the
 * number is known. */
int queue_add(struct signal_queue *q, const struct siginfo *info, struct signal_entry *own)
{
    uint64_t bit = signal_bit((unsigned)info->signo);
    struct signal_entry *e = own, **end = &q->first;

    if (own == NULL && info->signo < SIGRTMIN && q->set & bit) return 0;
    if (own == NULL) e = entry_new();
    if (e == NULL && info->signo >= SIGRTMIN && info->code != SI_USER && info->code != SI_TKILL) {
        return -EAGAIN;
    }
    q->set |= bit;
    if (e == NULL) return 0;
    e->info = *info;
    e->in = q;
    e->next = NULL;
    while (*end != NULL) end = &(*end)->next;
    *end = e;
    return 0;
}

static struct signal_entry *first_of(const struct signal_queue *q, int signal)
{
    struct signal_entry *e = q->first;

    while (e != NULL && e->info.signo != signal) e = e->next;
    return e;
}

void queue_remove(struct signal_entry *e)
{
    struct signal_queue *q = e->in;
    struct signal_entry **at = &q->first;

    while (*at != e) at = &(*at)->next;
    *at = e->next;
    e->in = NULL;
    if (first_of(q, e->info.signo) == NULL) q->set &= ~signal_bit((unsigned)e->info.signo);
}

bool queue_take(struct signal_queue *q, uint64_t set, struct siginfo *out)
{
    struct signal_entry *e;
    int signal;

    set &= q->set;
    if (set == 0) return false;
    if (set & SYNCHRONOUS) set &= SYNCHRONOUS;
    signal = __builtin_ctzll(set) + 1;
    e = first_of(q, signal);
    if (e == NULL) {
        *out = (struct siginfo){ .signo = signal };
        q->set &= ~signal_bit((unsigned)signal);
        return true;
    }
    *out = e->info;
    queue_remove(e);
    if (e->taken != NULL) e->taken(e, out);
    else entry_free(e);
    return true;
}

void queue_drop(struct signal_queue *q, uint64_t set)
{
    struct siginfo gone;

    while (queue_take(q, set, &gone)) { }
}

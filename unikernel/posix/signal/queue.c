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
int queue_add(struct signal_queue *q, const struct siginfo *info)
{
    uint64_t bit = signal_bit((unsigned)info->signo);
    struct signal_entry *e, **end = &q->first;

    if (info->signo < SIGRTMIN && q->set & bit) return 0;
    e = entry_new();
    if (e == NULL && info->signo >= SIGRTMIN && info->code != SI_USER && info->code != SI_TKILL) {
        return -EAGAIN;
    }
    q->set |= bit;
    if (e == NULL) return 0;
    e->info = *info;
    e->next = NULL;
    while (*end != NULL) end = &(*end)->next;
    *end = e;
    return 0;
}

bool queue_take(struct signal_queue *q, uint64_t set, struct siginfo *out)
{
    struct signal_entry **at = &q->first, *e;
    bool more = false;
    int signal;

    set &= q->set;
    if (set == 0) return false;
    if (set & SYNCHRONOUS) set &= SYNCHRONOUS;
    signal = __builtin_ctzll(set) + 1;
    *out = (struct siginfo){ .signo = signal };
    while (*at != NULL && (*at)->info.signo != signal) at = &(*at)->next;
    e = *at;
    if (e != NULL) {
        *out = e->info;
        *at = e->next;
        entry_free(e);
        for (e = *at; e != NULL; e = e->next) more |= e->info.signo == signal;
    }
    if (!more) q->set &= ~signal_bit((unsigned)signal);
    return true;
}

void queue_drop(struct signal_queue *q, uint64_t set)
{
    struct siginfo gone;

    while (queue_take(q, set, &gone)) { }
}

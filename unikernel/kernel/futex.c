/* SPDX-License-Identifier: Apache-2.0 */
/* Waiters are queued per address hash, oldest first. A waiter is woken by whoever unlinks it and
 * wins thread_wake; one whose deadline came first is still linked, loses that race for its waker,
 * and unlinks itself. One lock for all buckets keeps requeue simple; it is split when several CPUs
 * are there to fight for it. */
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/thread.h"
#include "lib/err.h"

#define BUCKETS 32U

static struct {
    struct spinlock lock;
    struct list bucket[BUCKETS];    /* zeroed until first used */
} futexes;

static struct list *bucket_of(uint64_t key)
{
    struct list *b = &futexes.bucket[(key >> 2 ^ key >> 9) % BUCKETS];

    if (b->next == NULL) list_init(b);
    return b;
}

int futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    struct thread *t = arch_self();
    int result;

    {
        LOCK_SCOPED(&futexes.lock);
        /* Under the lock, so that a wake after the word changed cannot come in between. */
        if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected) return -EAGAIN;
        t->wait_key = (uint64_t)word;
        list_push_back(bucket_of(t->wait_key), &t->wait);
        thread_block_prepare();
    }
    result = thread_block_finish(deadline_ns);
    LOCK_SCOPED(&futexes.lock);
    list_remove(&t->wait);
    return result;
}

unsigned futex_requeue(uint64_t from, unsigned wake, uint64_t to, unsigned move)
{
    LOCK_SCOPED(&futexes.lock);
    unsigned woken = 0, moved = 0;

    list_for_each_safe(n, bucket_of(from)) {
        struct thread *t = list_item(n, struct thread, wait);

        if (t->wait_key != from) continue;
        if (woken < wake) {
            list_remove(n);
            if (thread_wake(t, 0)) woken++;
        } else if (moved < move) {
            list_remove(n);
            t->wait_key = to;
            list_push_back(bucket_of(to), n);
            moved++;
        } else {
            break;
        }
    }
    return woken + moved;
}

unsigned futex_wake(uint64_t key, unsigned count) { return futex_requeue(key, count, key, 0); }

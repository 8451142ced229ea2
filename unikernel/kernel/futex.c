/* SPDX-License-Identifier: Apache-2.0 */
/* Waiters are queued per address hash, oldest first, each queue with a lock of its own; requeueing
 * takes two, lower address first. A waiter is woken by whoever unlinks it and wins thread_wake; one
 * whose deadline came first is still linked, loses that race for its waker, and unlinks itself. */
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"

#define BUCKETS 64U

static struct bucket {
    struct spinlock lock;
    uint32_t count;                 /* of waiters; read without the lock */
    struct list waiters;            /* zeroed until first used */
} buckets[BUCKETS];

static struct bucket *bucket_of(uint64_t key)
{
    return &buckets[(key >> 2 ^ key >> 8) % BUCKETS];
}

static void bucket_take(struct lock_guard *g, struct bucket *b)
{
    lock_take(g, &b->lock);
    if (b->waiters.next != NULL) return;
    list_init(&b->waiters);
    __atomic_store_n(&b->lock.rank, LOCK_FUTEX, __ATOMIC_RELAXED);
}

static void enqueue(struct bucket *b, struct thread *t)
{
    list_push_back(&b->waiters, &t->wait);
    __atomic_store_n(&b->count, b->count + 1, __ATOMIC_RELAXED);
}

static void dequeue(struct bucket *b, struct thread *t)
{
    list_remove(&t->wait);
    __atomic_store_n(&b->count, b->count - 1, __ATOMIC_RELAXED);
}

/* The bucket t is queued in: it may be requeued until we have the lock. */
static void leave(struct thread *t)
{
    for (bool found = false; !found;) {
        struct bucket *b = bucket_of(__atomic_load_n(&t->wait_key, __ATOMIC_RELAXED));
        struct lock_guard g __attribute__((cleanup(lock_release)));

        bucket_take(&g, b);
        found = b == bucket_of(t->wait_key);
        if (found && list_is_linked(&t->wait)) dequeue(b, t);
    }
}

int futex_wait(const uint32_t *word, uint32_t expected, uint32_t bits, uint64_t deadline_ns)
{
    struct thread *t = arch_self();
    struct bucket *b = bucket_of((uint64_t)word);
    uint32_t now;
    int result;

    {
        struct lock_guard g __attribute__((cleanup(lock_release)));

        bucket_take(&g, b);
        t->wait_key = (uint64_t)word;
        t->wait_bits = bits;
        enqueue(b, t);
        /* Counted, then look at the word: whoever wakes has changed it, then looks at the count. If
         * the word is not there now, the caller looks again, which makes it accessible or finds that
         * it is not. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (user_load(word, &now) != 0 || now != expected) {
            dequeue(b, t);
            return -EAGAIN;
        }
        thread_block_prepare();
    }
    result = thread_block_finish(deadline_ns);
    if (result != 0) leave(t);
    return result;
}

static __attribute__((noinline)) unsigned wake(struct bucket *b, uint64_t key, unsigned count,
                                               uint32_t bits)
{
    struct lock_guard g __attribute__((cleanup(lock_release)));
    unsigned woken = 0;

    bucket_take(&g, b);
    list_for_each_safe(n, &b->waiters) {
        struct thread *t = list_item(n, struct thread, wait);

        if (woken == count) break;
        if (t->wait_key != key || !(t->wait_bits & bits)) continue;
        dequeue(b, t);
        if (thread_wake(t, 0)) woken++;
    }
    return woken;
}

unsigned futex_wake(uint64_t key, unsigned count, uint32_t bits)
{
    struct bucket *b = bucket_of(key);

    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* see futex_wait */
    if (__atomic_load_n(&b->count, __ATOMIC_RELAXED) == 0) return 0;
    return wake(b, key, count, bits);
}

static unsigned move(struct bucket *a, uint64_t from, struct bucket *b, uint64_t to, unsigned count)
{
    unsigned moved = 0;

    list_for_each_safe(n, &a->waiters) {
        struct thread *t = list_item(n, struct thread, wait);

        if (moved == count) break;
        if (t->wait_key != from) continue;
        dequeue(a, t);
        __atomic_store_n(&t->wait_key, to, __ATOMIC_RELAXED);
        enqueue(b, t);
        moved++;
    }
    return moved;
}

unsigned futex_requeue(uint64_t from, unsigned wake, uint64_t to, unsigned count)
{
    struct bucket *a = bucket_of(from), *b = bucket_of(to);
    unsigned woken = futex_wake(from, wake, FUTEX_ANY), moved;
    struct lock_guard outer, inner;

    if (count == 0 || from == to) return woken;
    bucket_take(&outer, MIN(a, b));
    if (a != b) bucket_take(&inner, MAX(a, b));
    moved = move(a, from, b, to, count);
    if (a != b) lock_release(&inner);
    lock_release(&outer);
    return woken + moved;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Everything here happens under the lock of the threads, which also keeps an owner from going away:
 * this is the path of those that wait. Who finds the word free never comes here. */
#include "unikernel/kernel/pi.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"

#define MUST_WAIT 1                 /* of lock_step */
#define TRY_AGAIN 2

struct request {
    uint32_t *word;
    bool try;
};

/* What t inherits has changed, and with it perhaps what others inherit from t. */
static void update(struct thread *t)
{
    for (; t != NULL; t = t->pi_owner) {
        unsigned top = 0, was = t->prio;

        list_for_each(n, &t->pi_waiters) {
            top = MAX(top, list_item(n, struct thread, pi_node)->prio);
        }
        thread_inherit(t, top);
        if (t->prio == was) break;
    }
}

void pi_changed(struct thread *t) { update(t->pi_owner); }

static void attach(struct thread *t, struct thread *owner)
{
    t->pi_owner = owner;
    list_push_back(&owner->pi_waiters, &t->pi_node);
}

/* Who gets the word from t: the highest, of those the first. */
static struct thread *successor(struct thread *t, const uint32_t *word)
{
    struct thread *best = NULL;

    list_for_each(n, &t->pi_waiters) {
        struct thread *w = list_item(n, struct thread, pi_node);

        if (w->pi_word == word && (best == NULL || w->prio > best->prio)) best = w;
    }
    return best;
}

static void hand_over(struct thread *t, struct thread *to, uint32_t died)
{
    uint32_t *word = to->pi_word, value = to->id | died;

    list_remove(&to->pi_node);
    to->pi_owner = NULL;
    list_for_each_safe(n, &t->pi_waiters) {
        struct thread *w = list_item(n, struct thread, pi_node);

        if (w->pi_word != word) continue;
        list_remove(n);
        attach(w, to);
        value |= PI_WAITERS;
    }
    /* Whoever dies may have unmapped it. */
    user_store(word, value);
    update(to);
    update(t);
    (void)thread_wake(to, 0);
}

static bool waits_for(const struct thread *t, const struct thread *whom)
{
    while (t != NULL && t != whom) t = t->pi_owner;
    return t == whom;
}

/* `owner` is the one the word named before we had the lock, or ourselves when it was free. */
static int lock_step(struct thread *owner, void *arg)
{
    const struct request *r = arg;
    struct thread *t = arch_self();
    uint32_t v, want;
    int done = user_load(r->word, &v);

    want = v | PI_WAITERS;
    if (done != 0) return done;
    if ((v & PI_TID) == 0) want = v | t->id;
    else if ((v & PI_TID) != owner->id) return TRY_AGAIN;
    else if (owner == t) return -EDEADLK;
    else if (r->try) return -EAGAIN;
    else if (waits_for(owner, t)) return -EDEADLK;
    done = user_exchange(r->word, &v, want);
    if (done != 1) return done == 0 ? TRY_AGAIN : done;
    if ((v & PI_TID) == 0) return 0;
    t->pi_word = r->word;
    attach(t, owner);
    update(owner);
    thread_block_prepare();
    return MUST_WAIT;
}

/* Deadline or interruption: unless it has become ours meanwhile. */
static int give_up(struct thread *t, void *arg)
{
    struct thread *owner = t->pi_owner;

    if (owner == NULL) return 0;
    list_remove(&t->pi_node);
    t->pi_owner = NULL;
    update(owner);
    if (successor(owner, t->pi_word) == NULL) {
        uint32_t v;

        if (user_load(t->pi_word, &v) == 0) {
            while (user_exchange(t->pi_word, &v, v & ~PI_WAITERS) == 0) { }
        }
    }
    return *(const int *)arg;
}

int pi_lock(uint32_t *word, bool try, uint64_t deadline_ns)
{
    struct request r = { word, try };
    uint32_t self = arch_self()->id;
    int err;

    do {
        uint32_t was, now;

        if (user_load(word, &was) != 0) return -EFAULT;
        was &= PI_TID;
        err = thread_with(was != 0 ? was : self, lock_step, &r);
        /* An owner that is gone may have unlocked it just before. */
        if (err == -ESRCH && user_load(word, &now) == 0 && (now & PI_TID) != was) err = TRY_AGAIN;
    } while (err == TRY_AGAIN);
    if (err != MUST_WAIT) return err;
    err = thread_block_finish(deadline_ns);
    return err == 0 ? 0 : thread_with(self, give_up, &err);
}

static int unlock_step(struct thread *t, void *arg)
{
    uint32_t *word = arg;
    struct thread *to = successor(t, word);
    uint32_t v;

    if (user_load(word, &v) != 0) return -EFAULT;
    if ((v & PI_TID) != t->id) return -EPERM;
    if (to == NULL) return user_store(word, 0);
    hand_over(t, to, 0);
    return 0;
}

int pi_unlock(uint32_t *word) { return thread_with(arch_self()->id, unlock_step, word); }

void pi_exit(struct thread *t)
{
    while (!list_is_empty(&t->pi_waiters)) {
        const struct thread *w = list_item(t->pi_waiters.next, struct thread, pi_node);

        hand_over(t, successor(t, w->pi_word), PI_DIED);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that do everything threads can do, chosen at random: stress [SEED [SECONDS]]. What is
 * protected must be whole, own values must stay own, and in the end everybody must be gone. The
 * exit status is 1 when something was wrong; what gets stuck is for whoever waits for us to see. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 12
#define LOCKS   4           /* the second half inherits priorities */

static struct {
    pthread_mutex_t lock;
    unsigned long one, other;           /* equal whenever nobody has the lock */
} shared[LOCKS];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t book = PTHREAD_RWLOCK_INITIALIZER;
static unsigned long left_page, right_page;
static sem_t tokens;
static int stop, wrong;

struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned long steps, added[LOCKS];
};

static unsigned choose(struct worker *w, unsigned below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (unsigned)(w->random >> 33) % below;
}

static void expect(int so, const char *what)
{
    if (so) return;
    printf("wrong: %s\n", what);
    __atomic_store_n(&wrong, 1, __ATOMIC_RELAXED);
}

static struct timespec soon(struct worker *w)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 1000 * (1 + choose(w, 2000));
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

static void use_lock(struct worker *w)
{
    unsigned i = choose(w, LOCKS);
    struct timespec until = soon(w);
    int err = choose(w, 4) == 0 ? pthread_mutex_timedlock(&shared[i].lock, &until)
                                : pthread_mutex_lock(&shared[i].lock);

    expect(err == 0 || err == ETIMEDOUT, "a lock says yes or too late");
    if (err != 0) return;
    expect(shared[i].one == shared[i].other, "what a lock protects is whole");
    shared[i].one++;
    if (choose(w, 8) == 0) sched_yield();
    shared[i].other++;
    w->added[i]++;
    expect(pthread_mutex_unlock(&shared[i].lock) == 0, "who has a lock unlocks it");
}

static void ring_or_wait(struct worker *w)
{
    struct timespec until = soon(w);
    int err = 0;

    pthread_mutex_lock(&gate);
    if (choose(w, 2) == 0) err = pthread_cond_timedwait(&bell, &gate, &until);
    else if (choose(w, 2) == 0) pthread_cond_broadcast(&bell);
    else pthread_cond_signal(&bell);
    pthread_mutex_unlock(&gate);
    expect(err == 0 || err == ETIMEDOUT, "a condition comes or not");
}

static void read_or_write(struct worker *w)
{
    if (choose(w, 4) != 0) {
        pthread_rwlock_rdlock(&book);
        expect(left_page == right_page, "a reader sees no half of a change");
    } else {
        pthread_rwlock_wrlock(&book);
        left_page++;
        right_page++;
    }
    pthread_rwlock_unlock(&book);
}

static void pass_token(struct worker *w)
{
    struct timespec until = soon(w);

    if (choose(w, 2) == 0) sem_post(&tokens);
    else expect(sem_timedwait(&tokens, &until) == 0 || errno == ETIMEDOUT, "a token comes or not");
}

static void calculate(struct worker *w)
{
    double mine = 1.0 + choose(w, 1000), x = mine;

    for (int i = 0; i < 2000; i++) {
        x = x * 3.0;
        x = x / 3.0;
    }
    expect(x > mine * 0.999 && x < mine * 1.001, "own numbers stay own");
}

static void move(struct worker *w)
{
    cpu_set_t set;
    int err;

    CPU_ZERO(&set);
    for (int cpu = 0; cpu < 8; cpu++) {
        if (choose(w, 2) == 0) CPU_SET(cpu, &set);
    }
    err = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
    expect(err == 0 || err == EINVAL, "affinity is taken or refused");
}

static void change_priority(struct worker *w)
{
    static const int policies[] = { SCHED_OTHER, SCHED_FIFO, SCHED_RR };
    int policy = policies[choose(w, 3)], prio = policy == SCHED_OTHER ? 0 : 1 + (int)choose(w, 5);
    const struct sched_param p = { .sched_priority = prio };
    int err = pthread_setschedparam(pthread_self(), policy, &p);

    expect(err == 0 || err == EPERM, "a priority is taken");
}

static void use_memory(struct worker *w)
{
    size_t size = 1 + choose(w, 20000);
    unsigned char *p = malloc(size), mark = (unsigned char)choose(w, 256);

    if (p == NULL) return;
    memset(p, mark, size);
    if (choose(w, 4) == 0) sched_yield();
    expect(p[0] == mark && p[size / 2] == mark && p[size - 1] == mark, "own memory stays own");
    free(p);
}

static void *sleep_for_ever(void *arg)
{
    for (;;) sleep(1000);
    return arg;
}

static void cancel_one(struct worker *w)
{
    pthread_t t;
    void *result;

    if (pthread_create(&t, NULL, sleep_for_ever, NULL) != 0) return;
    if (choose(w, 2) == 0) sched_yield();
    expect(pthread_cancel(t) == 0, "a thread can be cancelled");
    expect(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED, "who is cancelled ends");
}

static void rest(struct worker *w)
{
    const struct timespec t = { 0, 1000 * (long)choose(w, 2000) };

    nanosleep(&t, NULL);
}

static void give_way(struct worker *w) { sched_yield(); }

static void *work(void *arg)
{
    static void (*const deeds[])(struct worker *w) = {
        use_lock, use_lock, ring_or_wait, read_or_write, pass_token, calculate,
        move, change_priority, use_memory, cancel_one, rest, give_way,
    };
    struct worker *w = arg;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        deeds[choose(w, sizeof(deeds) / sizeof(deeds[0]))](w);
        w->steps++;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[WORKERS];
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
    unsigned long steps = 0, added[LOCKS] = { 0 };
    pthread_mutexattr_t inherit;

    pthread_mutexattr_init(&inherit);
    pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&shared[i].lock, i < LOCKS / 2 ? NULL : &inherit);
    }
    sem_init(&tokens, 0, 0);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i].random = (seed * WORKERS + i + 1) * 0x9e3779b97f4a7c15ULL;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 2;
    }
    sleep(seconds);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        steps += workers[i].steps;
        for (int l = 0; l < LOCKS; l++) added[l] += workers[i].added[l];
    }
    for (int l = 0; l < LOCKS; l++) {
        expect(shared[l].one == added[l] && shared[l].other == added[l], "nothing was lost");
    }
    printf("stress: seed %llu, %lu steps, %s\n", (unsigned long long)seed, steps,
           wrong ? "something was wrong" : "all was right");
    return wrong;
}

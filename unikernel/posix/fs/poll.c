/* SPDX-License-Identifier: Apache-2.0 */
/* poll and select. Each looks first, and joins the queues only when nothing was ready. The file of
 * a descriptor that is closed meanwhile stays there until the call is over, since its queue is
 * needed; when something happens the descriptor is found to be none. */
#include "unikernel/fs/pool.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/signal/mask.h"
#include "unikernel/posix/syscalls.h"
#include "lib/bitmap.h"
#include "lib/err.h"
#include "lib/str.h"

#define IN     (LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLRDBAND)
#define OUT    (LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND)
#define PIECE  32U
#define US_MAX (UINT64_MAX / 1000)

/* What is to be waited for, in the form in which it came. Descriptors below 0 are none. */
struct set {
    unsigned count;
    int (*get)(struct set *s, unsigned first, unsigned n, struct linux_pollfd *to);
    int (*put)(struct set *s, unsigned first, unsigned n, const struct linux_pollfd *from);
};

struct entry {
    struct waiter w;
    struct file *f; /* a reference, or NULL */
    struct linux_pollfd p;
    unsigned index;
};

#define PAGE_ENTRIES ((FILE_PAGE - 16) / sizeof(struct entry))

struct entries { /* a page */
    struct entries *next;
    unsigned count;
    struct entry e[PAGE_ENTRIES];
};

/* @return 1 when it is ready */
static long look(struct linux_pollfd *p)
{
    struct file *f FILE_SCOPED = file_of(p->fd);

    p->revents = (int16_t)file_revents(p, f, NULL);
    return p->revents != 0;
}

static long look_at_some(struct linux_pollfd *p, const struct linux_pollfd *end)
{
    long ready = 0;

    while ((p = files_poll(p, end, &ready)) < end) ready += look(p++);
    return ready;
}

static long look_at_all(struct set *s)
{
    struct linux_pollfd p[PIECE];
    long ready = 0;

    for (unsigned first = 0; first < s->count; first += PIECE) {
        unsigned n = MIN(PIECE, s->count - first);

        if (s->get(s, first, n, p) != 0) return -EFAULT;
        ready += look_at_some(p, p + n);
        if (s->put(s, first, n, p) != 0) return -EFAULT;
    }
    return ready;
}

static void leave(struct entries *page)
{
    while (page != NULL) {
        struct entries *next = page->next;

        for (struct entry *e = page->e; e < page->e + page->count; e++) {
            waitq_leave(&e->w);
            file_put(e->f);
        }
        page_free(page);
        page = next;
    }
}

static long join_one(struct set *s, unsigned i, struct sleeper *sleeper, struct entries **pages)
{
    struct entries *page = *pages;
    struct linux_pollfd p;
    struct entry *e;

    if (s->get(s, i, 1, &p) != 0) return -EFAULT;
    if (p.fd < 0) return 0;
    if (page == NULL || page->count == PAGE_ENTRIES) {
        page = page_alloc();
        if (page == NULL) return -ENOMEM;
        page->next = *pages;
        page->count = 0;
        *pages = page;
    }
    e = &page->e[page->count++];
    e->p = p;
    e->index = i;
    e->f = file_of(p.fd);
    waiter_init(&e->w, sleeper, poll_wanted(&p));
    e->p.revents = (int16_t)file_revents(&p, e->f, &e->w);
    return e->p.revents != 0;
}

static long join(struct set *s, struct sleeper *sleeper, struct entries **pages)
{
    long ready = 0;

    for (unsigned i = 0; i < s->count; i++) {
        long n = join_one(s, i, sleeper, pages);

        if (n < 0) return n;
        ready += n;
    }
    return ready;
}

static long look_again(struct entries *page)
{
    long ready = 0;

    for (; page != NULL; page = page->next) {
        for (struct entry *e = page->e; e < page->e + page->count; e++) ready += look(&e->p);
    }
    return ready;
}

/* Of those that are ready; of the others there is 0. */
static int put_back(struct set *s, struct entries *page)
{
    int err = 0;

    for (; page != NULL; page = page->next) {
        for (struct entry *e = page->e; e < page->e + page->count && err == 0; e++) {
            if (e->p.revents != 0) err = s->put(s, e->index, 1, &e->p);
        }
    }
    return err;
}

static long wait_for_any(struct set *s, uint64_t deadline_ns)
{
    struct sleeper sleeper = sleeper_self();
    struct entries *pages = NULL;
    long ready = join(s, &sleeper, &pages);

    for (int err = 0; ready == 0 && err == 0;) {
        err = sleeper_wait(&sleeper, deadline_ns);
        ready = err == -EINTR ? err : look_again(pages);
    }
    if (ready > 0 && put_back(s, pages) != 0) ready = -EFAULT;
    leave(pages);
    return ready;
}

/* deadline 0: not to wait. @return how many descriptors are ready */
static long poll_set(struct set *s, uint64_t deadline_ns)
{
    long ready = look_at_all(s);

    return ready != 0 || deadline_ns == 0 ? ready : wait_for_any(s, deadline_ns);
}

/* ---- poll */

struct poll_call {
    struct set s;
    uint64_t fds;
};

static uint64_t place_of(struct set *s, unsigned first)
{
    return container_of(s, struct poll_call, s)->fds + first * sizeof(struct linux_pollfd);
}

static int poll_get(struct set *s, unsigned first, unsigned n, struct linux_pollfd *to)
{
    return user_read(to, place_of(s, first), n * sizeof(*to));
}

static int poll_put(struct set *s, unsigned first, unsigned n, const struct linux_pollfd *from)
{
    return user_write(place_of(s, first), from, n * sizeof(*from));
}

long poll_until(long fds, long count, uint64_t deadline_ns)
{
    struct poll_call call = { { (unsigned)count, poll_get, poll_put }, (uint64_t)fds };

    if ((unsigned)count > fd_limit) return -EINVAL;
    return poll_set(&call.s, deadline_ns);
}

/* A length of time as a deadline; 0 for none at all. */
static int deadline_in(long timeout, uint64_t *deadline_ns)
{
    uint64_t ns;
    int err = 0;

    *deadline_ns = NEVER;
    if (timeout == 0) return 0;
    err = timespec_read((uint64_t)timeout, &ns);
    if (err == 0) *deadline_ns = ns == 0 ? 0 : deadline_after(ns);
    return err;
}

/* What is left of the time is told. */
static long ended(long result, long timeout, uint64_t deadline_ns)
{
    uint64_t now;

    if (timeout == 0 || deadline_ns == NEVER || deadline_ns == 0) return result;
    now = time_ns();
    (void)timespec_write(timeout, deadline_ns > now ? deadline_ns - now : 0);
    return result;
}

long sys_ppoll(long fds, long count, long timeout, long mask, long size, long f)
{
    uint64_t deadline;
    int err = deadline_in(timeout, &deadline);

    if (err == 0) err = signal_mask_begin((uint64_t)mask, (uint64_t)size);
    if (err != 0) return err;
    return ended(signal_mask_end(poll_until(fds, count, deadline)), timeout, deadline);
}

/* Some ISAs have it in their list. */
syscall_fn sys_poll;

long sys_poll(long fds, long count, long timeout_ms, long d, long e, long f)
{
    return poll_until(fds, count, deadline_in_ms((int)timeout_ms));
}

/* ---- select */

#define SET_WORDS BITMAP_WORDS(FILES_MAX)

enum { READ, WRITE, EXCEPT, SETS };

static const struct {
    uint16_t asks, means;
} kinds[SETS] = {
    [READ] = { IN, IN | LINUX_POLLHUP | LINUX_POLLERR },
    [WRITE] = { OUT, OUT | LINUX_POLLERR },
    [EXCEPT] = { LINUX_POLLPRI, LINUX_POLLPRI },
};

struct select_call {
    struct set s;
    bool closed; /* there was one that is not open */
    long bits;
    uint64_t asked[SETS][SET_WORDS], ready[SETS][SET_WORDS];
};

static int select_get(struct set *s, unsigned first, unsigned n, struct linux_pollfd *to)
{
    const struct select_call *c = container_of(s, struct select_call, s);

    for (unsigned fd = first; fd < first + n; fd++, to++) {
        uint32_t events = 0;

        for (unsigned k = 0; k < SETS; k++) {
            if (bitmap_test(c->asked[k], fd)) events |= kinds[k].asks;
        }
        to->fd = events != 0 ? (int32_t)fd : -1;
        to->events = (int16_t)events;
    }
    return 0;
}

static int select_put(struct set *s, unsigned first, unsigned n, const struct linux_pollfd *from)
{
    struct select_call *c = container_of(s, struct select_call, s);

    for (unsigned fd = first; fd < first + n; fd++, from++) {
        if (from->revents & LINUX_POLLNVAL) c->closed = true;
        for (unsigned k = 0; k < SETS; k++) {
            if (!(from->revents & kinds[k].means) || !bitmap_test(c->asked[k], fd)) continue;
            bitmap_set(c->ready[k], fd);
            c->bits++;
        }
    }
    return 0;
}

/* Of the application, by bytes of whole words. */
static uint64_t set_bytes(const struct select_call *c) { return (c->s.count + 63) / 64 * 8; }

static long select_until(long count, const long *sets, uint64_t deadline_ns)
{
    struct select_call c;
    long ready;

    if (count < 0) return -EINVAL;
    memset(&c, 0, sizeof(c));
    c.s = (struct set){ MIN((unsigned)count, FILES_MAX), select_get, select_put };
    for (unsigned k = 0; k < SETS; k++) {
        if (sets[k] == 0) continue;
        if (user_read(c.asked[k], (uint64_t)sets[k], set_bytes(&c)) != 0) return -EFAULT;
    }
    ready = poll_set(&c.s, deadline_ns);
    if (c.closed) return -EBADF;
    if (ready < 0) return ready;
    for (unsigned k = 0; k < SETS; k++) {
        if (sets[k] == 0) continue;
        if (user_write((uint64_t)sets[k], c.ready[k], set_bytes(&c)) != 0) return -EFAULT;
    }
    return c.bits;
}

long sys_pselect6(long count, long in, long out, long except, long timeout, long mask)
{
    uint64_t signals[2] = { 0, 0 }, deadline; /* address and size */
    int err = deadline_in(timeout, &deadline);

    if (err == 0 && mask != 0) err = user_read(signals, (uint64_t)mask, sizeof(signals));
    if (err == 0) err = signal_mask_begin(signals[0], signals[1]);
    if (err != 0) return err;
    return ended(
        signal_mask_end(select_until((int)count, (const long[]){ in, out, except }, deadline)),
        timeout, deadline);
}

syscall_fn sys_select;

static int tell_left(uint64_t timeout, uint64_t deadline_ns)
{
    uint64_t now = time_ns(), us = deadline_ns > now ? (deadline_ns - now) / 1000 : 0;
    const struct linux_timespec t = { (int64_t)(us / 1000000), (int64_t)(us % 1000000) };

    return user_write(timeout, &t, sizeof(t));
}

/* The time is in microseconds. */
long sys_select(long count, long in, long out, long except, long timeout, long f)
{
    struct linux_timespec t;
    uint64_t deadline = NEVER, us;
    long result;

    if (timeout != 0) {
        if (user_read(&t, (uint64_t)timeout, sizeof(t)) != 0) return -EFAULT;
        if (t.sec < 0 || t.nsec < 0) return -EINVAL;
        us = MIN((uint64_t)t.sec, US_MAX / 2 / 1000000) * 1000000 +
             MIN((uint64_t)t.nsec, US_MAX / 2);
        deadline = us == 0 ? 0 : deadline_after(us * 1000);
    }
    result = select_until((int)count, (const long[]){ in, out, except }, deadline);
    if (timeout != 0 && deadline != 0) (void)tell_left((uint64_t)timeout, deadline);
    return result;
}

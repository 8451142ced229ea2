/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* Random calls on pipes, event counters and epolls that watch them and each other, beside a model
 * that knows only how many bytes are in a pipe, what a counter is and what is watched for what. poll
 * and epoll_wait tell what the model says, also when they sleep while others do such things: a
 * sleeper is woken as soon as there is something for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/posix/fs/attempt.h"
#include "uk_linux.h"
#include "lib/err.h"

#define PIPES  3U
#define EVENTS 2U
#define ENDS   (2 * PIPES + EVENTS)     /* pipes: what is read, what is written; then counters */
#define EPOLLS 2U
#define SLOTS  (ENDS + EPOLLS)
#define ROUNDS 60000U
#define ROOM   65536U
#define IN     (LINUX_POLLIN | LINUX_POLLRDNORM)
#define OUT    (LINUX_POLLOUT | LINUX_POLLWRNORM)
#define ALWAYS (LINUX_POLLERR | LINUX_POLLHUP)
#define ONCE   (1U << 30)

static long fds[SLOTS];                 /* -1: closed */
static uint32_t used[PIPES];
static uint64_t counts[EVENTS];
static struct watch {
    bool there;
    uint32_t events, how;
} watches[EPOLLS][SLOTS];

static uint8_t bytes[ROOM];

/* A call that sleeps, and what it waits for. */
static long sleeping_epoll;             /* or -1: poll */
static struct linux_pollfd asked[SLOTS];
static unsigned slots_asked[SLOTS], n_asked, naps;

static unsigned below(unsigned n) { return (unsigned)rand() % n; }

/* ---- the model */

static uint32_t ready(unsigned slot);

static uint32_t watched(unsigned e, unsigned slot)
{
    const struct watch *w = &watches[e][slot];

    return w->there && w->events != 0 ? ready(slot) & (w->events | ALWAYS) : 0;
}

static unsigned ready_in(unsigned e)
{
    unsigned n = 0;

    for (unsigned slot = 0; slot < SLOTS; slot++) n += watched(e, slot) != 0;
    return n;
}

static uint32_t ready(unsigned slot)
{
    unsigned p = slot / 2;

    if (slot >= ENDS) return ready_in(slot - ENDS) > 0 ? IN : 0;
    if (slot >= 2 * PIPES) {
        uint64_t count = counts[slot - 2 * PIPES];

        return (count > 0 ? LINUX_POLLIN : 0) | (count < UINT64_MAX - 1 ? LINUX_POLLOUT : 0);
    }
    if (slot % 2 == 0) return (used[p] > 0 ? IN : 0) | (fds[slot + 1] < 0 ? LINUX_POLLHUP : 0);
    return (ROOM - used[p] >= 4096 ? OUT : 0) | (fds[slot - 1] < 0 ? LINUX_POLLERR : 0);
}

static uint32_t told_of(const struct linux_pollfd *p, unsigned slot)
{
    return fds[slot] < 0 ? LINUX_POLLNVAL : ready(slot) & ((uint16_t)p->events | ALWAYS);
}

static unsigned ready_of_asked(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < n_asked; i++) n += told_of(&asked[i], slots_asked[i]) != 0;
    return n;
}

static bool is_asked(unsigned slot)
{
    for (unsigned i = 0; i < n_asked; i++) {
        if (slots_asked[i] == slot) return true;
    }
    return false;
}

/* ---- what changes it */

static void use_pipe(unsigned slot)
{
    unsigned p = slot / 2, n = 1 + below(below(2) ? 5000 : ROOM), room = ROOM - used[p];
    long result, expected;

    if (slot % 2 == 0) {
        result = read_it(fds[slot], bytes, n);
        expected = used[p] > 0 ? (long)MIN(n, used[p]) : fds[slot + 1] < 0 ? 0 : -EAGAIN;
        if (expected > 0) used[p] -= (uint32_t)expected;
    } else {
        result = write_it(fds[slot], bytes, n);
        expected = n <= 4096 && room < n ? -EAGAIN : room == 0 ? -EAGAIN : (long)MIN(n, room);
        if (fds[slot - 1] < 0) expected = -EPIPE;
        if (expected > 0) used[p] += (uint32_t)expected;
    }
    assert_int_equal(result, expected);
}

static void use_event(unsigned slot)
{
    uint64_t *count = &counts[slot - 2 * PIPES];
    uint64_t value = below(4) ? below(3) : UINT64_MAX - 1 - below(2);

    if (below(2)) {
        bool fits = value <= UINT64_MAX - 1 - *count;

        assert_int_equal(write_it(fds[slot], &value, sizeof(value)), fits ? 8 : -EAGAIN);
        if (fits) *count += value;
    } else {
        assert_int_equal(read_it(fds[slot], &value, sizeof(value)), *count > 0 ? 8 : -EAGAIN);
        if (*count > 0) assert_true(value == *count);
        *count = 0;
    }
}

static void use(unsigned slot)
{
    if (fds[slot] < 0) return;
    if (slot < 2 * PIPES)
        use_pipe(slot);
    else
        use_event(slot);
}

static void open_slot(unsigned slot)
{
    int32_t two[2];

    if (slot >= ENDS) {
        fds[slot] = sys_epoll_create1(0, 0, 0, 0, 0, 0);
    } else if (slot >= 2 * PIPES) {
        counts[slot - 2 * PIPES] = below(2);
        fds[slot] = sys_eventfd2((long)counts[slot - 2 * PIPES], LINUX_O_NONBLOCK, 0, 0, 0, 0);
    } else if (fds[slot ^ 1] < 0) {
        assert_int_equal(sys_pipe2((long)two, LINUX_O_NONBLOCK, 0, 0, 0, 0), 0);
        fds[slot & ~1U] = two[0];
        fds[slot | 1] = two[1];
        used[slot / 2] = 0;
    }
}

/* A pipe comes again when both of its ends have gone. Watches go with what they watch. */
static void close_or_open(unsigned slot, bool asleep)
{
    if (fds[slot] < 0) {
        if (!asleep) open_slot(slot);
        return;
    }
    if (asleep && (slot >= ENDS || is_asked(slot))) return;
    assert_int_equal(close_it(fds[slot]), 0);
    fds[slot] = -1;
    for (unsigned e = 0; e < EPOLLS; e++) watches[e][slot].there = false;
    if (slot >= ENDS) memset(watches[slot - ENDS], 0, sizeof(watches[0]));
}

/* The first epoll may watch the second. */
static void control(void)
{
    static const uint32_t some[] = { 0, IN, OUT, IN | OUT, LINUX_POLLIN, LINUX_POLLOUT };
    unsigned e = below(EPOLLS), slot = below(ENDS + (e == 0 ? EPOLLS : 0));
    struct watch *w = &watches[e][slot];
    struct linux_epoll_event event = { .events = some[below(ARRAY_LEN(some))], .data = slot };
    long operation = 1 + below(3), result, expected = 0;
    uint32_t how = below(4) == 0 ? ONCE : 0;

    if (slot == ENDS || fds[slot] < 0 || fds[ENDS + e] < 0) return;
    event.events |= how;
    result = sys_epoll_ctl(fds[ENDS + e], operation, fds[slot], (long)&event, 0, 0);
    if (operation == 1 ? w->there : !w->there) expected = operation == 1 ? -EEXIST : -ENOENT;
    assert_int_equal(result, expected);
    if (expected != 0) return;
    w->there = operation != 2;
    w->events = (event.events & ~ONCE) | ALWAYS;
    w->how = how;
}

/* ---- what waits */

static void check_events(unsigned e, const struct linux_epoll_event *events, long n, unsigned max)
{
    assert_int_equal(n, MIN(max, ready_in(e)));
    for (long i = 0; i < n; i++) {
        unsigned slot = (unsigned)events[i].data;

        for (long k = 0; k < i; k++) assert_true(events[k].data != slot);
        assert_int_equal(events[i].events, watched(e, slot));
    }
    for (long i = 0; i < n; i++) {
        struct watch *w = &watches[e][events[i].data];

        if (w->how & ONCE) w->events = 0;
    }
}

static void wait_epoll(unsigned e, bool sleep)
{
    struct linux_epoll_event events[SLOTS];
    unsigned max = 1 + below(SLOTS);
    long n;

    if (fds[ENDS + e] < 0) return;
    sleeping_epoll = e;
    n_asked = 0;
    n = sys_epoll_pwait(fds[ENDS + e], (long)events, max, sleep ? -1 : 0, 0, 0);
    check_events(e, events, n, max);
}

static void wait_poll(bool sleep)
{
    static const uint32_t some[] = { 0, IN, OUT, IN | OUT };
    long n;

    n_asked = 1 + below(SLOTS);
    sleeping_epoll = -1;
    for (unsigned i = 0; i < n_asked; i++) {
        unsigned slot = slots_asked[i] = below(SLOTS);
        long fd = fds[slot] < 0 ? FILES_MAX - 1 : fds[slot];

        asked[i] = (struct linux_pollfd){ (int32_t)fd, (int16_t)some[below(ARRAY_LEN(some))], -1 };
    }
    n = poll_until((long)asked, n_asked, sleep ? NEVER : 0);
    assert_int_equal(n, ready_of_asked());
    for (unsigned i = 0; i < n_asked; i++) {
        assert_int_equal((uint16_t)asked[i].revents, told_of(&asked[i], slots_asked[i]));
    }
    n_asked = 0;
}

static void change(bool asleep)
{
    switch (below(10)) {
    case 0:
        close_or_open(below(SLOTS), asleep);
        break;
    case 1:
    case 2:
        control();
        break;
    default:
        use(below(ENDS));
    }
}

/* Others, until there is something for the sleeper, or its time is over. */
static int others(void)
{
    while (naps-- > 0) {
        unsigned n;

        change(true);
        n = sleeping_epoll < 0 ? ready_of_asked() : ready_in((unsigned)sleeping_epoll);
        if (n == 0) continue;
        assert_true(files_woken);
        return 0;
    }
    naps = 0;
    return -ETIMEDOUT;
}

static void run(unsigned seed)
{
    srand(seed);
    files_begin(100, 100);
    memset(watches, 0, sizeof(watches));
    for (unsigned slot = 0; slot < SLOTS; slot++) fds[slot] = -1;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (fds[slot] < 0) open_slot(slot);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        naps = below(60);
        switch (below(8)) {
        case 0:
            wait_poll(below(2));
            break;
        case 1:
            wait_epoll(below(EPOLLS), below(2));
            break;
        default:
            change(false);
        }
    }
    files_end();
}

static void waiting_tells_what_is_there(void **state)
{
    files_asleep = others;
    for (unsigned seed = 1; seed <= 4; seed++) run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(waiting_tells_what_is_there) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Who has the CPUs, second by second. (CPU time is counted in images with files.) */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/shell/commands.h"
#include "lib/err.h"
#include "lib/str.h"

#define THREADS_MAX 128U            /* further ones are not looked at */
#define ROWS        20U
#define NS_PER_S    1000000000ULL

static struct usage {
    uint32_t id;
    uint64_t total, since;          /* ns; since the time before */
} seen[2][THREADS_MAX];
static unsigned counts[2];

static uint64_t total_of(uint32_t id, unsigned turn)
{
    for (unsigned i = 0; i < counts[turn]; i++) {
        if (seen[turn][i].id == id) return seen[turn][i].total;
    }
    return 0;
}

static void look(unsigned turn)
{
    struct thread_info t = { 0 };
    unsigned n = 0;

    while (n < THREADS_MAX && thread_next(t.id, &t)) {
        uint64_t before = MIN(total_of(t.id, !turn), t.cpu_ns);

        seen[turn][n++] = (struct usage){ t.id, t.cpu_ns, t.cpu_ns - before };
    }
    counts[turn] = n;
}

/* The busiest one not shown yet; NULL: no other did anything. */
static struct usage *busiest(unsigned turn)
{
    struct usage *best = NULL;

    for (struct usage *u = seen[turn]; u < seen[turn] + counts[turn]; u++) {
        if (u->since > 0 && (best == NULL || u->since > best->since)) best = u;
    }
    return best;
}

static void show(unsigned turn, uint64_t elapsed_ns)
{
    struct thread_info t;
    struct usage *u;

    log_text(" [ TID]   CPU NAME\n");
    for (unsigned row = 0; row < ROWS && (u = busiest(turn)) != NULL; row++) {
        unsigned share = (unsigned)(u->since / (elapsed_ns / 1000));

        u->since = 0;
        if (!thread_next(u->id - 1, &t) || t.id != u->id) continue;
        log_text(" [%4u] %3u.%u%% %s\n", t.id, share / 10, share % 10, t.name);
    }
}

void command_top(const struct words *w)
{
    bool once = w->at[1] != NULL;
    uint64_t before = time_ns(), now;
    char key;

    if (once && strcmp(w->at[1], "-1") != 0) {
        log_text("top: unknown option '%s'\n", w->at[1]);
        return;
    }
    counts[1] = 0;
    look(0);
    for (unsigned turn = 1; console_get_until(&key, before + NS_PER_S) == -ETIMEDOUT; turn = !turn) {
        now = time_ns();
        look(turn);
        if (!once) log_text("\033[H\033[2J");
        show(turn, now - before);
        if (once) return;
        before = now;
    }
}

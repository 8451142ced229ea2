/* SPDX-License-Identifier: Apache-2.0 */
/* A stack that is kept is one word, its base and in the lower bits its size and the guard's in
 * pages, so no lock is needed: whoever exchanges the word owns the stack. */
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"
#include "uk_layout.h"

#define KEPT_MAX  8U
#define PAGES_MAX 64U               /* of one that is kept */

static uint64_t kept[KEPT_MAX];     /* 0: none */

/* [from, to): all whose rights the application has ever changed lie in it. */
static struct {
    uint64_t from, to;
} changed = { .from = UINT64_MAX };

/* What the word of a stack without its base is; 0: it is none of those that are kept. */
static uint64_t size_word(uint64_t len, uint64_t guard)
{
    if (guard == 0 || guard >= len || len > PAGES_MAX * PAGE_SIZE) return 0;
    if (!is_aligned(len | guard, PAGE_SIZE)) return 0;
    return (len / PAGE_SIZE - 1) * PAGES_MAX + guard / PAGE_SIZE;
}

uint64_t stack_take(uint64_t len, uint64_t guard)
{
    uint64_t size = size_word(len, guard);

    if (size == 0) return 0;
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        uint64_t word = __atomic_load_n(&kept[i], __ATOMIC_RELAXED);

        if (word % PAGE_SIZE != size) continue;
        /* Acquire: what its last user did there was before. */
        if (__atomic_compare_exchange_n(&kept[i], &word, 0, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return word - size;
        }
    }
    return 0;
}

int stack_make(struct stack *s)
{
    int err;

    s->base = 0;
    err = space_map(&s->base, s->len, 0, false);
    if (err != 0) return err;
    err = space_protect(s->base + s->guard, s->len - s->guard, SPACE_R | SPACE_W);
    if (err != 0 && space_unmap(s->base, s->len) != 0) panic("a stack was not where it was mapped");
    return err;
}

static bool is_changed(const struct stack *s)
{
    return s->base < __atomic_load_n(&changed.to, __ATOMIC_RELAXED) &&
           s->base + s->len > __atomic_load_n(&changed.from, __ATOMIC_RELAXED);
}

bool stack_keep(const struct stack *s)
{
    uint64_t size = size_word(s->len, s->guard);

    if (size == 0 || !is_aligned(s->base, PAGE_SIZE) || is_changed(s)) return false;
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        uint64_t none = 0;

        if (__atomic_load_n(&kept[i], __ATOMIC_RELAXED) != 0) continue;
        if (__atomic_compare_exchange_n(&kept[i], &none, s->base + size, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

int stack_give(const struct stack *s) { return stack_keep(s) ? 0 : space_unmap(s->base, s->len); }

void stacks_changed(uint64_t at, uint64_t len)
{
    uint64_t end = at + len, was = __atomic_load_n(&changed.from, __ATOMIC_RELAXED);

    while (at < was && !__atomic_compare_exchange_n(&changed.from, &was, at, true, __ATOMIC_RELAXED,
                                                    __ATOMIC_RELAXED)) { }
    was = __atomic_load_n(&changed.to, __ATOMIC_RELAXED);
    while (end > was && !__atomic_compare_exchange_n(&changed.to, &was, end, true, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED)) { }
}

bool stacks_drop(void)
{
    bool any = false;

    for (unsigned i = 0; i < KEPT_MAX; i++) {
        uint64_t word = __atomic_exchange_n(&kept[i], 0, __ATOMIC_ACQUIRE);
        uint64_t len = (word % PAGE_SIZE / PAGES_MAX + 1) * PAGE_SIZE;

        if (word != 0 && space_unmap(align_down(word, PAGE_SIZE), len) == 0) any = true;
    }
    return any;
}

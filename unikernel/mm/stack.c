/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

#define KEPT_MAX 8U
#define LEN_MAX  (256 * KIB)

static struct spinlock lock = SPINLOCK(LOCK_STACKS);
static struct {
    uint32_t count;
    struct stack at[KEPT_MAX];
} kept;

static bool take(struct stack *s)
{
    LOCK_SCOPED(&lock);

    for (uint32_t i = kept.count; i-- > 0;) {
        if (kept.at[i].len != s->len || kept.at[i].guard != s->guard) continue;
        *s = kept.at[i];
        kept.at[i] = kept.at[--kept.count];
        return true;
    }
    return false;
}

int stack_get(struct stack *s)
{
    int err;

    if (take(s)) return 0;
    err = space_map(&s->base, s->len, 0, false);
    if (err != 0) return err;
    err = space_protect(s->base + s->guard, s->len - s->guard, SPACE_R | SPACE_W);
    if (err != 0 && space_unmap(s->base, s->len) != 0) panic("a stack was not where it was mapped");
    return err;
}

int stack_give(const struct stack *s)
{
    if (s->guard != 0 && s->len <= LEN_MAX) {
        LOCK_SCOPED(&lock);

        if (kept.count < KEPT_MAX) {
            kept.at[kept.count++] = *s;
            return 0;
        }
    }
    return space_unmap(s->base, s->len);
}

static bool drop_one(void)
{
    struct stack s;

    {
        LOCK_SCOPED(&lock);

        if (kept.count == 0) return false;
        s = kept.at[--kept.count];
    }
    return space_unmap(s.base, s.len) == 0;
}

bool stacks_drop(void)
{
    bool any = false;

    while (drop_one()) any = true;
    return any;
}

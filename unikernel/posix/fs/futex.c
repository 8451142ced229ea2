/* SPDX-License-Identifier: Apache-2.0 */
/* What programs may ask of futexes beside what libc does. */
#include "unikernel/posix/futex.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

/* What FUTEX_WAKE_OP does with its second word, packed as the man page has it */
struct word_op {
    unsigned op, compare;
    int arg, compare_arg;
};

static bool decode(uint32_t packed, struct word_op *o)
{
    o->op = packed >> 28 & 7;
    o->compare = packed >> 24 & 15;
    o->arg = (int32_t)(packed << 8) >> 20;
    o->compare_arg = (int32_t)(packed << 20) >> 20;
    if (packed >> 31) o->arg = (int)(1U << (o->arg & 31));
    return o->op <= 4 && o->compare <= 5;
}

static uint32_t changed(const struct word_op *o, uint32_t v)
{
    uint32_t arg = (uint32_t)o->arg;

    switch (o->op) {
    case 0: return arg;
    case 1: return v + arg;
    case 2: return v | arg;
    case 3: return v & ~arg;
    default: return v ^ arg;
    }
}

/* ==, !=, <, <=, >, >= */
static bool holds(const struct word_op *o, int v)
{
    unsigned c = o->compare;
    bool result = c < 2 ? v == o->compare_arg : c == 2 || c == 5 ? v < o->compare_arg : v <= o->compare_arg;

    return result != (c == 1 || c >= 4);
}

static long wake_op(uint64_t key, long count, uint64_t key2, long count2, uint32_t packed)
{
    uint32_t *word = (uint32_t *)key2, v;
    struct word_op o;
    unsigned woken;
    int done;

    if (key2 & 3) return -EINVAL;
    if (!decode(packed, &o)) return -ENOSYS;
    if (user_read(&v, key2, sizeof(v)) != 0 || space_back(key2, sizeof(v), SPACE_W) != 0) return -EFAULT;
    do {
        done = user_exchange(word, &v, changed(&o, v));
        if (done < 0) return -EFAULT;
    } while (done == 0);
    woken = futex_wake(key, (unsigned)count, FUTEX_ANY);
    if (holds(&o, (int)v)) woken += futex_wake(key2, (unsigned)count2, FUTEX_ANY);
    return woken;
}

long futex_rare(long address, long operation, long value, long timeout, long address2, long value3)
{
    uint32_t now;

    switch (operation & LINUX_FUTEX_CMD) {
    case LINUX_FUTEX_WAKE_OP:
        return wake_op((uint64_t)address, value, (uint64_t)address2, timeout, (uint32_t)value3);
    case LINUX_FUTEX_CMP_REQUEUE:
        if (address2 & 3 || (int)value < 0 || (int)timeout < 0) return -EINVAL;
        if (user_read(&now, (uint64_t)address, sizeof(now)) != 0) return -EFAULT;
        if (now != (uint32_t)value3) return -EAGAIN;
        return futex_requeue((uint64_t)address, (unsigned)value, (uint64_t)address2, (unsigned)timeout);
    case LINUX_FUTEX_LOCK_PI2:
        return futex_lock_pi((uint32_t *)address, false, (uint64_t)timeout, operation & LINUX_FUTEX_REALTIME);
    default:
        return -ENOSYS;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* futex(2), and the list of robust locks a thread leaves when it ends. */
#include "unikernel/posix/futex.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define ROBUST_MAX 2048U            /* a list that is longer has been damaged */

static long wait(uint32_t *word, long operation, uint32_t value, uint64_t timeout, uint32_t bits)
{
    bool absolute = (operation & LINUX_FUTEX_CMD) != LINUX_FUTEX_WAIT;
    uint64_t deadline;
    int err = absolute ? clock_deadline_at(timeout, operation & LINUX_FUTEX_REALTIME, &deadline)
                       : clock_deadline_in(timeout, &deadline);

    if (err != 0) return err;
    return bits == 0 ? -EINVAL : futex_wait(word, value, bits, deadline);
}

long futex_lock_pi(uint32_t *word, bool try, uint64_t timeout, bool wall)
{
    uint64_t deadline;
    int err = clock_deadline_at(timeout, wall, &deadline);

    if (err == 0) err = space_back((uint64_t)word, sizeof(*word), SPACE_W);
    if (err != 0) return err;
    err = pi_lock(word, try, deadline);
    if (err == -EINTR) gate_wait_ended();
    return err;
}

long sys_futex(long address, long operation, long value, long timeout, long address2, long value3)
{
    uint32_t *word = (uint32_t *)address;
    uint64_t key = (uint64_t)address;
    uint32_t now;

    if (address & 3) return -EINVAL;
    if (user_read(&now, key, sizeof(now)) != 0) return -EFAULT;
    switch (operation & LINUX_FUTEX_CMD) {
    case LINUX_FUTEX_WAIT:
        return wait(word, operation, (uint32_t)value, (uint64_t)timeout, FUTEX_ANY);
    case LINUX_FUTEX_WAIT_BITSET:
        return wait(word, operation, (uint32_t)value, (uint64_t)timeout, (uint32_t)value3);
    case LINUX_FUTEX_WAKE:
        return futex_wake(key, (unsigned)value, FUTEX_ANY);
    case LINUX_FUTEX_WAKE_BITSET:
        return value3 == 0 ? -EINVAL : (long)futex_wake(key, (unsigned)value, (uint32_t)value3);
    case LINUX_FUTEX_REQUEUE:
        return futex_requeue(key, (unsigned)value, (uint64_t)address2, (unsigned)timeout);
    case LINUX_FUTEX_LOCK_PI:
        return futex_lock_pi(word, false, (uint64_t)timeout, true);
    case LINUX_FUTEX_TRYLOCK_PI:
        return futex_lock_pi(word, true, 0, true);
    case LINUX_FUTEX_UNLOCK_PI:
        return space_back(key, sizeof(now), SPACE_W) != 0 ? -EFAULT : pi_unlock(word);
    default:
        return futex_rare(address, operation, value, timeout, address2, value3);
    }
}

static void mark_dead(const struct thread *t, uint64_t address, bool pi)
{
    uint32_t *word = (uint32_t *)address, v;
    int done;

    if (address & 3 || space_back(address, sizeof(v), SPACE_W) != 0) return;
    if (user_load(word, &v) != 0) return;
    do {
        if ((v & PI_TID) != t->id) return;
        /* One that inherits and has waiters is passed on by pi_exit. */
        if (pi && v & PI_WAITERS) return;
        done = user_exchange(word, &v, (v & PI_WAITERS) | PI_DIED);
    } while (done == 0);
    if (done < 0) return;
    if (v & PI_WAITERS) (void)futex_wake(address, 1, FUTEX_ANY);
}

void robust_exit(struct thread *t)
{
    struct robust_head head;
    uint64_t entry;

    if (t->robust == 0 || user_read(&head, t->robust, sizeof(head)) != 0) return;
    entry = head.first;
    for (unsigned n = 0; n < ROBUST_MAX && (entry & ~1ULL) != t->robust; n++) {
        uint64_t next;

        if (entry & 6 || user_read(&next, entry & ~1ULL, 8) != 0) return;
        mark_dead(t, (entry & ~1ULL) + (uint64_t)head.word_offset, entry & 1);
        entry = next;
    }
    if (head.pending != 0) {
        mark_dead(t, (head.pending & ~1ULL) + (uint64_t)head.word_offset, head.pending & 1);
    }
}

long sys_set_robust_list(long head, long len, long c, long d, long e, long f)
{
    if (len != sizeof(struct robust_head) || head & 7) return -EINVAL;
    arch_self()->robust = (uint64_t)head;
    return 0;
}

/* Only one's own is told. libc asks for it before it makes a lock robust. */
long sys_get_robust_list(long tid, long head, long len, long d, long e, long f)
{
    if (tid != 0 && tid != (long)arch_self()->id) return -EPERM;
    if (user_write((uint64_t)head, &arch_self()->robust, 8) != 0) return -EFAULT;
    return user_write((uint64_t)len, &(const uint64_t){ sizeof(struct robust_head) }, 8);
}

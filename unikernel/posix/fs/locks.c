/* SPDX-License-Identifier: Apache-2.0 */
/* Advisory locks: flock's of all of a file, which belong to open files, and those of ranges, which belong
 * to open files (F_OFD_SETLK) or to the process (F_SETLK). */
#include "unikernel/fs/pool.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/fs/locks.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define LOCK_SHARED    1
#define LOCK_EXCLUSIVE 2
#define LOCK_NONBLOCK  4
#define LOCK_UNLOCK    8
#define SEEK_SET       0
#define SEEK_CUR       1
#define SEEK_END       2
#define END            ((uint64_t)INT64_MAX)

enum type { READ, WRITE, NONE };        /* as F_RDLCK and its like count */

/* Those of one owner of one file neither overlap nor touch, unless one is for reading and the other for writing. */
struct range {
    struct list node;
    const struct file *owner;           /* NULL: the process */
    const void *of;                     /* what is locked: a vnode, or what stands for it */
    bool flock;                         /* these two kinds know nothing of each other */
    bool writes;
    uint64_t first, last;
};

static struct {
    struct mutex lock;                  /* inside of all others */
    struct list held;
    struct waitq freed;
} locks = { .held = LIST_INIT(locks.held), .freed = { LIST_INIT(locks.freed.waiters), 0 } };

static struct pool pool = POOL(pool, sizeof(struct range));
static struct range *spare[2];          /* as many as a change takes; under the lock */

struct request {
    struct attempt a;
    struct range r;                     /* what is wanted */
    enum type type;
};

/* ---- locks.lock is held */

static bool is_own(const struct range *x, const struct range *r)
{
    return x->of == r->of && x->owner == r->owner && x->flock == r->flock;
}

static const struct range *in_the_way(const struct request *q)
{
    const struct range *r = &q->r;

    list_for_each (n, &locks.held) {
        const struct range *x = list_item(n, struct range, node);

        if (x->of == r->of && x->owner != r->owner && x->flock == r->flock && x->first <= r->last &&
            r->first <= x->last && (x->writes || q->type == WRITE)) {
            return x;
        }
    }
    return NULL;
}

static bool spares_fill(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(spare); i++) {
        if (spare[i] == NULL) spare[i] = pool_alloc(&pool);
        if (spare[i] == NULL) return false;
    }
    return true;
}

/* From a spare. */
static void add(const struct range *r)
{
    struct range **from = &spare[spare[0] == NULL], *x = *from;

    *from = NULL;
    *x = *r;
    list_push_back(&locks.held, &x->node);
}

static void drop(struct range *x)
{
    struct range **to = &spare[spare[0] != NULL];

    list_remove(&x->node);
    if (*to == NULL) *to = x;
    else pool_free(&pool, x);
}

/* Of x goes what r has. */
static void cut(struct range *x, const struct range *r)
{
    if (x->first < r->first && x->last > r->last) {
        struct range behind = *x;

        behind.first = r->last + 1;
        x->last = r->first - 1;
        add(&behind);
    } else if (x->first < r->first) {
        x->last = r->first - 1;
    } else if (x->last > r->last) {
        x->first = r->last + 1;
    } else {
        drop(x);
    }
}

/* What is wanted takes the place of what its owner has there, and grows by what is alike beside it. */
static int put(const struct request *q)
{
    struct range r = q->r;

    if (!spares_fill()) return -ENOMEM;
    list_for_each_safe (n, &locks.held) {
        struct range *x = list_item(n, struct range, node);

        if (!is_own(x, &r) || x->first > r.last + 1 || x->last + 1 < r.first) continue;
        if (q->type != NONE && x->writes == r.writes) {
            r.first = MIN(r.first, x->first);
            r.last = MAX(r.last, x->last);
            drop(x);
        } else if (x->first <= r.last && r.first <= x->last) {
            cut(x, &r);
        }
    }
    if (q->type != NONE) add(&r);
    waitq_wake(&locks.freed, UINT32_MAX);
    return 0;
}

/* ---- */

static long try(struct attempt *a)
{
    struct request *q = container_of(a, struct request, a);

    MUTEX_SCOPED(&locks.lock);
    return q->type != NONE && in_the_way(q) != NULL ? -EAGAIN : put(q);
}

static const void *locked_of(const struct file *f)
{
    return f->vnode != NULL ? (void *)f->vnode : f->object;
}

static void unlock(const struct file *owner, const struct file *f)
{
    MUTEX_SCOPED(&locks.lock);

    list_for_each_safe (n, &locks.held) {
        struct range *x = list_item(n, struct range, node);

        if (x->owner == owner && x->of == locked_of(f)) drop(x);
    }
    waitq_wake(&locks.freed, UINT32_MAX);
}

static struct request request_of(const struct file *owner, const struct file *f, enum type type)
{
    return (struct request){
        .a = { try, &locks.freed, UINT32_MAX },
        .r = { .owner = owner, .of = locked_of(f), .writes = type == WRITE, .last = END },
        .type = type,
    };
}

static long take(struct file *f, struct request *q, bool may_wait)
{
    bool *has_locks = q->r.owner == NULL && f->vnode != NULL ? &f->vnode->has_locks : &f->has_locks;

    __atomic_store_n(&file_unlock, unlock, __ATOMIC_RELAXED);
    __atomic_store_n(has_locks, true, __ATOMIC_RELAXED);
    return wait_for(&q->a, may_wait, NEVER);
}

static bool has_other_type(const struct request *q)
{
    MUTEX_SCOPED(&locks.lock);

    list_for_each (n, &locks.held) {
        const struct range *x = list_item(n, struct range, node);

        if (is_own(x, &q->r)) return x->writes != q->r.writes;
    }
    return false;
}

/* A lock that is to be of another type is given back first, and may be somebody else's then. */
long sys_flock(long fd, long operation, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = NULL;
    long what = operation & ~LOCK_NONBLOCK;
    struct request q, none;

    if (what != LOCK_SHARED && what != LOCK_EXCLUSIVE && what != LOCK_UNLOCK) return -EINVAL;
    f = file_of(fd);
    if (f == NULL) return -EBADF;
    none = request_of(f, f, NONE);
    none.r.flock = true;
    if (what == LOCK_UNLOCK) return try(&none.a);
    q = request_of(f, f, what == LOCK_SHARED ? READ : WRITE);
    q.r.flock = true;
    if (has_other_type(&q) && try(&none.a) != 0) return -ENOMEM;
    return take(f, &q, !(operation & LOCK_NONBLOCK));
}

static int range_of(struct file *f, const struct linux_flock *l, struct range *r)
{
    int64_t first = 0, last = (int64_t)END;

    if (f->vnode != NULL && l->whence != SEEK_SET) {
        MUTEX_SCOPED(&f->vnode->lock);

        first = (int64_t)(l->whence == SEEK_CUR ? f->offset : f->vnode->size);
    }
    if (l->whence < SEEK_SET || l->whence > SEEK_END) return -EINVAL;
    if (__builtin_add_overflow(first, l->start, &first)) return -EOVERFLOW;
    if (l->len > 0 && __builtin_add_overflow(first, l->len - 1, &last)) return -EOVERFLOW;
    if (l->len < 0) {
        last = first - 1;
        if (__builtin_add_overflow(first, l->len, &first)) return -EINVAL;
    }
    if (first < 0) return -EINVAL;
    r->first = (uint64_t)first;
    r->last = (uint64_t)last;
    return 0;
}

static void look(const struct request *q, struct linux_flock *l)
{
    MUTEX_SCOPED(&locks.lock);
    const struct range *x = in_the_way(q);

    l->type = NONE;
    if (x == NULL) return;
    l->type = x->writes ? WRITE : READ;
    l->whence = SEEK_SET;
    l->start = (int64_t)x->first;
    l->len = x->last == END ? 0 : (int64_t)(x->last - x->first + 1);
    l->pid = x->owner == NULL ? PID : -1;
}

/* The descriptor may have been closed meanwhile, which took the process' locks away before this one. */
static long take_for_process(long fd, struct file *f, struct request *q, bool may_wait)
{
    long err = take(f, q, may_wait);
    struct file *now FILE_SCOPED = file_of(fd);

    if (err != 0 || now == f) return err;
    unlock(NULL, f);
    return -EBADF;
}

long record_lock(long fd, struct file *f, long command, uint64_t at)
{
    bool of_file = command >= LINUX_F_OFD_GETLK;
    bool asks = command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK;
    bool may_wait = command == LINUX_F_SETLKW || command == LINUX_F_OFD_SETLKW;
    struct linux_flock l;
    struct request q;
    int err;

    if (user_read(&l, at, sizeof(l)) != 0) return -EFAULT;
    if (l.type < READ || l.type > (asks ? WRITE : NONE)) return -EINVAL;
    q = request_of(of_file ? f : NULL, f, (enum type)l.type);
    err = range_of(f, &l, &q.r);
    if (err != 0) return err;
    if (!asks && ((l.type == READ && !file_may_read(f)) || (l.type == WRITE && !file_may_write(f)))) {
        return -EBADF;
    }
    if (of_file && l.pid != 0) return -EINVAL;
    if (!asks) return of_file ? take(f, &q, may_wait) : take_for_process(fd, f, &q, may_wait);
    look(&q, &l);
    return user_write(at, &l, sizeof(l));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Message queues. All messages of a queue lie in one piece of memory, in slots that are linked: the
 * first is the next to be received. */
#include "unikernel/posix/signal/mq.h"
#include "unikernel/fs/pool.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/stack.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define MESSAGES_FIRST 10
#define SIZE_FIRST     8192
#define MESSAGES_MAX   65536
#define SIZE_MAX_BYTES (16 << 20)
#define BYTES_MAX      819200U      /* of one queue: RLIMIT_MSGQUEUE at first */
#define PRIORITIES     32768U
#define NONE           UINT32_MAX

struct slot {
    uint32_t next, prio;
    uint64_t len;
    uint8_t data[];
};

static struct pool queues = POOL(queues, sizeof(struct mq));

/* Those that have a name. */
static struct {
    struct mutex lock;
    struct mq *first;
} named;

static struct slot *slot_of(const struct mq *q, uint32_t i)
{
    return (struct slot *)(void *)(q->store + i * q->slot_size);
}

static void mq_put(struct mq *q)
{
    if (__atomic_sub_fetch(&q->refs, 1, __ATOMIC_ACQ_REL) != 0) return;
    pages_free((uint64_t)(q->store - (uint8_t *)arch_linear(0)), q->order);
    pool_free(&queues, q);
}

/* ---- sending and receiving */

struct transfer {
    struct attempt a;
    struct mq *q;
    uint64_t data, len;
    uint32_t prio;
};

/* Behind those that are as urgent. q->lock is held. */
static void link_in(struct mq *q, uint32_t i)
{
    uint32_t *at = &q->first;

    while (*at != NONE && slot_of(q, *at)->prio >= slot_of(q, i)->prio) at = &slot_of(q, *at)->next;
    slot_of(q, i)->next = *at;
    *at = i;
    __atomic_store_n(&q->count, q->count + 1, __ATOMIC_RELEASE);
}

static long send(struct attempt *a)
{
    const struct transfer *t = container_of(a, struct transfer, a);
    struct mq *q = t->q;
    MUTEX_SCOPED(&q->lock);
    uint32_t i = q->free;
    struct slot *s;

    if (i == NONE) return -EAGAIN;
    s = slot_of(q, i);
    if (user_read(s->data, t->data, t->len) != 0) return -EFAULT;
    q->free = s->next;
    s->prio = t->prio;
    s->len = t->len;
    link_in(q, i);
    if (q->count == 1) mq_tell(q);
    waitq_wake(&q->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
    return 0;
}

static long receive(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    struct mq *q = t->q;
    MUTEX_SCOPED(&q->lock);
    uint32_t i = q->first;
    struct slot *s;

    if (i == NONE) return -EAGAIN;
    s = slot_of(q, i);
    if (user_write(t->data, s->data, s->len) != 0) return -EFAULT;
    q->first = s->next;
    t->prio = s->prio;
    s->next = q->free;
    q->free = i;
    __atomic_store_n(&q->count, q->count - 1, __ATOMIC_RELEASE);
    waitq_wake(&q->changed, LINUX_POLLOUT | LINUX_POLLWRNORM);
    return (long)s->len;
}

static long transfer(struct transfer *t, struct file *f, uint64_t deadline)
{
    bool may_wait = file_may_wait(f);
    long result;

    t->q = f->object;
    t->a.q = &t->q->changed;
    result = wait_for(&t->a, may_wait, deadline);
    return result == -EAGAIN && may_wait ? -ETIMEDOUT : result;
}

long sys_mq_timedsend(long fd, long data, long len, long prio, long timeout, long g)
{
    struct file *f FILE_SCOPED = NULL;
    struct transfer t = { { send, NULL, LINUX_POLLOUT }, NULL, (uint64_t)data, (uint64_t)len, (uint32_t)prio };
    uint64_t deadline;
    int err = clock_deadline_at((uint64_t)timeout, true, &deadline);

    if (err != 0) return err;
    if (t.prio >= PRIORITIES) return -EINVAL;
    f = mq_file(fd);
    if (f == NULL || !file_may_write(f)) return -EBADF;
    return t.len > ((struct mq *)f->object)->size ? -EMSGSIZE : transfer(&t, f, deadline);
}

long sys_mq_timedreceive(long fd, long data, long len, long prio, long timeout, long g)
{
    struct file *f FILE_SCOPED = NULL;
    struct transfer t = { { receive, NULL, LINUX_POLLIN }, NULL, (uint64_t)data, 0, 0 };
    uint64_t deadline;
    int err = clock_deadline_at((uint64_t)timeout, true, &deadline);
    struct mq *q;
    long done;

    if (err != 0) return err;
    f = mq_file(fd);
    if (f == NULL || !file_may_read(f)) return -EBADF;
    q = f->object;
    if ((uint64_t)len < q->size) return -EMSGSIZE;
    __atomic_fetch_add(&q->receivers, 1, __ATOMIC_ACQ_REL);
    done = transfer(&t, f, deadline);
    __atomic_fetch_sub(&q->receivers, 1, __ATOMIC_ACQ_REL);
    if (done >= 0 && prio != 0) err = user_write((uint64_t)prio, &t.prio, sizeof(t.prio));
    return err != 0 ? err : done;
}

/* ---- names and descriptors */

static uint32_t poll(struct file *f)
{
    const struct mq *q = f->object;
    uint32_t count = __atomic_load_n(&q->count, __ATOMIC_ACQUIRE);

    return (count > 0 ? LINUX_POLLIN | LINUX_POLLRDNORM : 0) |
           (count < q->max ? LINUX_POLLOUT | LINUX_POLLWRNORM : 0);
}

static void release(struct file *f)
{
    mq_forget(f->object);
    mq_put(f->object);
}

static const struct file_ops mq_ops = { .name = "mqueue", .poll = poll, .release = release };

struct file *mq_file(long fd)
{
    struct file *f = file_of(fd);

    if (f == NULL || f->ops == &mq_ops) return f;
    file_put(f);
    return NULL;
}

static int name_read(long from, char *name)
{
    int err = user_text(name, (uint64_t)from, FILE_NAME_MAX + 1);

    if (err != 0) return err == -E2BIG ? -ENAMETOOLONG : err;
    if (name[0] == '\0') return -ENOENT;
    return memchr(name, '/', strlen(name)) != NULL ? -EACCES : 0;
}

/* named.lock is held. */
static struct mq **find(const char *name)
{
    struct mq **at = &named.first;

    while (*at != NULL && strcmp((*at)->name, name) != 0) at = &(*at)->next;
    return at;
}

static int make(const char *name, const struct linux_mq_attr *attr, struct mq **out)
{
    uint64_t slot_size = align_up(sizeof(struct slot) + (uint64_t)attr->size, 8), pa;
    unsigned order = 0;
    struct mq *q;

    if (attr->max <= 0 || attr->size <= 0 || attr->max > MESSAGES_MAX || attr->size > SIZE_MAX_BYTES) return -EINVAL;
    if (slot_size * (uint64_t)attr->max > BYTES_MAX) return -EMFILE;
    while (FILE_PAGE << order < slot_size * (uint64_t)attr->max) order++;
    q = pool_alloc(&queues);
    if (q == NULL) return -ENOMEM;
    if (pages_alloc(order, &pa) != 0 && (!stacks_drop() || pages_alloc(order, &pa) != 0)) {
        pool_free(&queues, q);
        return -ENOMEM;
    }
    q->refs = 1;
    q->order = order;
    q->store = arch_linear(pa);
    q->slot_size = slot_size;
    q->size = (uint64_t)attr->size;
    q->max = (uint32_t)attr->max;
    q->first = NONE;
    for (uint32_t i = 0; i < q->max; i++) slot_of(q, i)->next = i + 1 < q->max ? i + 1 : NONE;
    waitq_init(&q->changed);
    memcpy(q->name, name, strlen(name) + 1);
    *out = q;
    return 0;
}

/* With a reference for the caller. */
static int find_or_make(const char *name, long flags, const struct linux_mq_attr *attr, struct mq **out)
{
    MUTEX_SCOPED(&named.lock);
    struct mq **at = find(name);
    int err = 0;

    if (*at == NULL) err = flags & LINUX_O_CREAT ? make(name, attr, at) : -ENOENT;
    else if (flags & LINUX_O_CREAT && flags & LINUX_O_EXCL) err = -EEXIST;
    if (err != 0) return err;
    __atomic_fetch_add(&(*at)->refs, 1, __ATOMIC_RELAXED);
    *out = *at;
    return 0;
}

long sys_mq_open(long name, long flags, long mode, long attr, long e, long f)
{
    struct linux_mq_attr wanted = { .max = MESSAGES_FIRST, .size = SIZE_FIRST };
    char text[FILE_NAME_MAX + 1];
    struct mq *q;
    long fd;
    int err = 0;

    if (flags & LINUX_O_CREAT && attr != 0) err = user_read(&wanted, (uint64_t)attr, sizeof(wanted));
    if (err == 0) err = name_read(name, text);
    if (err == 0 && (flags & LINUX_O_ACCESS) == LINUX_O_ACCESS) err = -EINVAL;
    if (err == 0) err = find_or_make(text, flags, &wanted, &q);
    if (err != 0) return err;
    fd = fd_open(&mq_ops, q, &q->changed, (uint32_t)flags & (LINUX_O_ACCESS | LINUX_O_NONBLOCK), true);
    if (fd < 0) mq_put(q);
    return fd;
}

long sys_mq_unlink(long name, long b, long c, long d, long e, long f)
{
    char text[FILE_NAME_MAX + 1];
    int err = name_read(name, text);
    struct mq **at, *q;

    if (err != 0) return err;

    MUTEX_SCOPED(&named.lock);
    at = find(text);
    q = *at;
    if (q == NULL) return -ENOENT;
    *at = q->next;
    mq_put(q);
    return 0;
}

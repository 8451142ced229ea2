/* SPDX-License-Identifier: Apache-2.0 */
/* The malloc family of applications, in place of libc's. Small objects come from the heap; larger ones,
 * and those of an alignment that no class has, are mapped by themselves, with a header before them that
 * says from where to where. A wrong pointer is reported and ends the thread that gave it. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "unikernel/malloc/heap.h"
#include "unikernel/malloc/lock.h"
#include "unikernel/malloc/malloc.h"
#include "unikernel/posix/syscall_arch.h"

#define PAGE        4096UL
#define SECRET      0x9d8a3c5be1f7642dUL
#define FUTEX_WAIT  0
#define FUTEX_WAKE  1

struct header {                         /* the last 32 bytes before a large object */
    char *from;
    size_t len;                         /* of the mapping */
    size_t room;                        /* of the object */
    uint64_t check;
};

/* musl's, its start. A thread that ends counts itself out last, after its last call of malloc. */
extern struct {
    char flags[4];
    int threads_minus_1;
} __libc;

/* Acquire: what those wrote who have counted themselves out is seen after this. */
bool heap_alone(void) { return __atomic_load_n(&__libc.threads_minus_1, __ATOMIC_ACQUIRE) == 0; }

void heap_wait(uint32_t *lock)
{
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0) (void)__syscall4(SYS_futex, (long)lock, FUTEX_WAIT, 2, 0);
}

void heap_wake(uint32_t *lock) { (void)__syscall3(SYS_futex, (long)lock, FUTEX_WAKE, 1); }

bool heap_commit(void *span, size_t len) { return mprotect(span, len, PROT_READ | PROT_WRITE) == 0; }

void heap_discard(void *span, size_t len)
{
    (void)mmap(span, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static _Noreturn void report(const char *what)
{
    (void)!write(2, what, strlen(what));
    __builtin_trap();
}

static uint64_t check_of(const struct header *h)
{
    return ((uint64_t)(uintptr_t)h ^ (uint64_t)h->len ^ (uint64_t)(uintptr_t)h->from) + SECRET;
}

static struct header *header_of(void *p) { return (struct header *)p - 1; }

static bool is_large(void *p)
{
    return (uintptr_t)p % 16 == 0 && header_of(p)->check == check_of(header_of(p));
}

static void *large_alloc(size_t alignment, size_t bytes)
{
    size_t len;
    char *from, *p;
    struct header *h;

    if (__builtin_add_overflow(bytes, alignment + sizeof(*h) + PAGE - 1, &len) || len > PTRDIFF_MAX) return NULL;
    len &= ~(PAGE - 1);
    from = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED) return NULL;
    p = (char *)(((uintptr_t)from + sizeof(*h) + alignment - 1) & ~(alignment - 1));
    h = header_of(p);
    h->from = from;
    h->len = len;
    h->room = (size_t)(from + len - p);
    h->check = check_of(h);
    return p;
}

/* Into what follows it, when nobody has that. */
static bool large_grows(void *p, size_t bytes)
{
    struct header *h = header_of(p);
    char *end = h->from + h->len;
    size_t more;

    if (bytes > PTRDIFF_MAX) return false;
    more = (bytes - h->room + PAGE - 1) & ~(PAGE - 1);
    if (mmap(end, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) return false;
    h->len += more;
    h->room += more;
    h->check = check_of(h);
    return true;
}

/* As many addresses as there is memory, once. */
static bool heap_begin(void)
{
    static uint32_t lock;
    static bool tried;
    struct sysinfo info;
    bool first;

    heap_lock(&lock);
    first = !tried;
    if (first && sysinfo(&info) == 0) {
        size_t len = ((size_t)info.totalram * info.mem_unit | (SPAN_BYTES - 1)) + 1;
        char *at = mmap(NULL, len + SPAN_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (at != MAP_FAILED)
            heap_init((void *)(((uintptr_t)at + SPAN_BYTES - 1) & ~(SPAN_BYTES - 1)), len);
    }
    tried = true;
    heap_unlock(&lock);
    return first;
}

void *slow_malloc(size_t bytes)
{
    void *p = NULL;

    if (bytes <= SMALL_MAX) {
        p = heap_alloc(bytes);
        if (p == NULL && heap_begin()) p = heap_alloc(bytes);
    }
    if (p == NULL) p = large_alloc(16, bytes);
    if (p == NULL) errno = ENOMEM;
    return p;
}

void slow_free(void *p)
{
    if (p == NULL) return;
    if (heap_has(p)) {
        enum heap_error err = heap_free(p);

        if (err == HEAP_OK) return;
        report(err == HEAP_FREED_BEFORE ? "free: this memory has been freed before\n"
                                        : "free: this is no pointer from malloc\n");
    }
    if (!is_large(p)) report("free: this is no pointer from malloc\n");
    (void)munmap(header_of(p)->from, header_of(p)->len);
}

size_t malloc_usable_size(void *p)
{
    if (p == NULL) return 0;
    return heap_has(p) ? heap_room(p) : is_large(p) ? header_of(p)->room : 0;
}

/* What was mapped just now is zero. */
void *calloc(size_t count, size_t bytes)
{
    size_t all;
    void *p;

    if (__builtin_mul_overflow(count, bytes, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    p = malloc(all);
    return p != NULL && heap_has(p) ? memset(p, 0, all) : p;
}

void *realloc(void *p, size_t bytes)
{
    size_t room;
    void *to;

    if (p == NULL) return malloc(bytes);
    room = malloc_usable_size(p);
    if (room == 0) report("realloc: this is no pointer from malloc, or it has been freed\n");
    if (bytes <= room && bytes >= room / 2) return p;
    if (bytes > room && !heap_has(p) && large_grows(p, bytes)) return p;
    to = malloc(bytes);
    if (to == NULL) return bytes <= room ? p : NULL;    /* programs rely on it that less can be had */
    memcpy(to, p, bytes < room ? bytes : room);
    free(p);
    return to;
}

/* Objects lie at multiples of their size in a span. NULL: no class fits, or there is no span for it. */
static void *small_aligned(size_t alignment, size_t bytes)
{
    size_t size;

    if (alignment > SMALL_MAX || bytes > SMALL_MAX) return NULL;
    size = (bytes + (bytes == 0) + alignment - 1) & ~(alignment - 1);
    if (size > SMALL_MAX || class_size(class_of(size)) % alignment != 0) return NULL;
    return heap_alloc(size);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    void *p;

    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= 16) return malloc(bytes);
    p = small_aligned(alignment, bytes);
    if (p == NULL && alignment <= PTRDIFF_MAX) p = large_alloc(alignment, bytes);
    if (p == NULL) errno = ENOMEM;
    return p;
}

void *memalign(size_t alignment, size_t bytes) { return aligned_alloc(alignment, bytes); }

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    int before = errno, err;
    void *p;

    if (alignment < sizeof(void *)) return EINVAL;
    p = aligned_alloc(alignment, bytes);
    err = errno;
    errno = before;
    if (p == NULL) return err;
    *out = p;
    return 0;
}

/* As in quick.c */
__attribute__((alias("calloc"))) void *__libc_calloc(size_t count, size_t bytes);
__attribute__((alias("realloc"))) void *__libc_realloc(void *p, size_t bytes);

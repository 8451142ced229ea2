/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of musl's header of this name: a system call is a call of the unikernel's gate
 * (posix/gate.c). */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

__attribute__((visibility("default")))
long __uk_syscall(long n, long a, long b, long c, long d, long e, long f);

/* posix/thread.h */
__attribute__((visibility("default"))) void *__uk_stack_map(unsigned long len, unsigned long guard);
__attribute__((visibility("default")))
void __uk_stack_unmap(void *base, unsigned long len, unsigned long guard);
__attribute__((visibility("default")))
_Noreturn void __uk_stack_leave(void *base, unsigned long len, unsigned long guard);

static inline long __syscall0(long n) { return __uk_syscall(n, 0, 0, 0, 0, 0, 0); }
static inline long __syscall1(long n, long a) { return __uk_syscall(n, a, 0, 0, 0, 0, 0); }
static inline long __syscall2(long n, long a, long b) { return __uk_syscall(n, a, b, 0, 0, 0, 0); }
static inline long __syscall3(long n, long a, long b, long c)
{
    return __uk_syscall(n, a, b, c, 0, 0, 0);
}
static inline long __syscall4(long n, long a, long b, long c, long d)
{
    return __uk_syscall(n, a, b, c, d, 0, 0);
}
static inline long __syscall5(long n, long a, long b, long c, long d, long e)
{
    return __uk_syscall(n, a, b, c, d, e, 0);
}
static inline long __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return __uk_syscall(n, a, b, c, d, e, f);
}

#define IPC_64 0

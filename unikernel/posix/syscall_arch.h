/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of musl's header of this name: a system call is a call of the unikernel's gate
 * (posix/gate.h). The number comes last, so that the arguments are already where the kernel's function
 * expects them. Those a call does not have are left as they are, as with a system call instruction. */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

#pragma GCC visibility push(default)
int __uk_syscall0(long n);              /* ids and errors only */
long __uk_syscall1(long a, long n);
long __uk_syscall2(long a, long b, long n);
long __uk_syscall3(long a, long b, long c, long n);
long __uk_syscall4(long a, long b, long c, long d, long n);
long __uk_syscall5(long a, long b, long c, long d, long e, long n);
long __uk_syscall6(long a, long b, long c, long d, long e, long f, long n);

/* posix/thread.h */
void *__uk_stack_map(unsigned long len, unsigned long guard);
void __uk_stack_unmap(void *base, unsigned long len, unsigned long guard);
_Noreturn void __uk_stack_leave(void *base, unsigned long len, unsigned long guard);
_Noreturn void __uk_thread_end(volatile int *joined);

/* libc/uk_libc.h */
void __uk_thread_begins(void);
void __uk_exiting(void);
#pragma GCC visibility pop

/* The image of a program has the calls that its functions of libc name by this: a relocation that
 * changes nothing refers to a symbol, and what refers to it is linked or not (tools/uk_calls.py). A
 * number that is not known here can be any. */
static inline __attribute__((always_inline)) long __uk_needs(long n)
{
    if (__builtin_constant_p(n)) {
        __asm__ __inline__ volatile(".weak __uk_call_%c0\n.reloc ., BFD_RELOC_NONE, __uk_call_%c0" : : "i"(n));
    } else {
        __asm__ __inline__ volatile(".weak __uk_call_any\n.reloc ., BFD_RELOC_NONE, __uk_call_any");
    }
    return n;
}

/* [from, end) becomes zero, and up to 56 bytes below it: the rest of a stack that is not used yet. */
static inline void __uk_clear(void *from, void *end)
{
    for (volatile long *p = end; p > (volatile long *)from;) {
        p -= 8;
        p[0] = p[1] = p[2] = p[3] = 0;
        p[4] = p[5] = p[6] = p[7] = 0;
    }
}

#define SYSCALL_INLINE static inline __attribute__((always_inline)) long

SYSCALL_INLINE __syscall0(long n) { return __uk_syscall0(__uk_needs(n)); }
SYSCALL_INLINE __syscall1(long n, long a) { return __uk_syscall1(a, __uk_needs(n)); }
SYSCALL_INLINE __syscall2(long n, long a, long b) { return __uk_syscall2(a, b, __uk_needs(n)); }
SYSCALL_INLINE __syscall3(long n, long a, long b, long c)
{
    return __uk_syscall3(a, b, c, __uk_needs(n));
}
SYSCALL_INLINE __syscall4(long n, long a, long b, long c, long d)
{
    return __uk_syscall4(a, b, c, d, __uk_needs(n));
}
SYSCALL_INLINE __syscall5(long n, long a, long b, long c, long d, long e)
{
    return __uk_syscall5(a, b, c, d, e, __uk_needs(n));
}
SYSCALL_INLINE __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return __uk_syscall6(a, b, c, d, e, f, __uk_needs(n));
}

#define IPC_64 0

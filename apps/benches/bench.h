/* SPDX-License-Identifier: Apache-2.0 */
/* Marks for the counting plugin (tests/bench/count.c): instructions that do nothing, with a number.
 * What runs between two marks of one number is measured. Marks are barriers for the compiler, so that
 * nothing moves in or out. */
#pragma once

#if defined(__aarch64__)
#define MARK(n) __asm__ volatile("hint #%0" : : "i"(n) : "memory")
#elif defined(__x86_64__)
#define MARK(n) __asm__ volatile("nopl %c0(%%rax)" : : "i"(0x4d524b00 + (n)) : "memory")
#elif defined(__riscv)
#define MARK(n) __asm__ volatile("slti x0, x0, %0" : : "i"(n) : "memory")
#endif

/* tests/bench/unikernel.py has these numbers too. */
enum {
    MARK_END = 100,
    MARK_SYSCALL,
    MARK_YIELD,
    MARK_YIELDED,
    MARK_THREAD,
    MARK_MALLOC_64,
    MARK_MALLOC_4K,
    MARK_MUTEX,
    MARK_SIGNAL,
    MARK_WOKEN,
    MARK_SPIN,
    MARK_SIGNALLED,
    MARK_OPEN_CLOSE,
    MARK_TMPFS_READ,
    MARK_TMPFS_WRITE,
    MARK_PIPE_READ,
    MARK_PIPE_WRITE,
    MARK_POLL_NONE,
    MARK_POLL_ALL,
    MARK_RAISE,
    MARK_PROGRAM = 127,
};

#define ROUNDS 200

void bench_priority(int priority);
void bench_wake_remote(void);
void bench_timer_irq(void);

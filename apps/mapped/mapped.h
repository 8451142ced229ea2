/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "../files/files.h"
#include <sys/mman.h>

#define PAGE 4096UL

/* The kernel finds that it can read a byte there; no signal, whatever is there. */
int there(const volatile void *at);
/* The same of writing. */
int writable(volatile void *at);

/* A new file of that many bytes, byte i being i * 7 + i / 4096. */
int make_bytes(const char *path, size_t bytes);
static inline char byte_of(size_t i) { return (char)(i * 7 + i / PAGE); }

/* A mapping of a file, or MAP_FAILED. */
static inline char *map(int fd, size_t bytes, int protection, int flags, off_t offset)
{
    return mmap(NULL, bytes, protection, flags, fd, offset);
}

#define RW (PROT_READ | PROT_WRITE)
#define MAP_FAILS(call, why) CHECK((call) == MAP_FAILED && errno == (why))

extern const struct test shared_tests[], private_tests[], call_tests[], content_tests[],
    stress_tests[];

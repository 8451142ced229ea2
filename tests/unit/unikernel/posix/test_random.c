/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/random.c unikernel/kernel/lock.c lib/chacha20.c tests/unit/unikernel/fake/kernel.c tests/unit/unikernel/fake/user.c
/* What is given out follows from the seed as it should, each source of it counts, and of what was given
 * out nothing stays behind. The pool is seeded once in a program's life, so each test has a child. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/random.h"
#include "unikernel/posix/syscalls.h"
#include "lib/chacha20.h"
#include "lib/err.h"
#include "uk_random.h"

#define STACK (256U << 10)

struct machine machine;
static const uint64_t *hardware;        /* NULL: the processor has none */
static uint8_t *shared;                 /* with the children */
static uint8_t *stack;

bool arch_random(uint64_t *out, unsigned n)
{
    if (hardware == NULL) return false;
    memcpy(out, hardware, n * sizeof(*out));
    return true;
}

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    return at == 1 ? -EFAULT : 0;
}

static int prepare(void **state)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    machine = (struct machine){ 0 };
    hardware = NULL;
    fake_now = 1000;
    fake_cpus(1);
    return 0;
}

static int clean_up(void **state) { return munmap(shared, 4096); }

/* 72 bytes each of the first two requests of a new program. */
static uint8_t *first_requests(void)
{
    static uint8_t found[144];
    pid_t child = fork();
    int status;

    if (child == 0) {
        random_bytes(shared, 72);
        random_bytes(shared + 72, 72);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return memcpy(found, shared, sizeof(found));
}

/* Computed with another implementation of ChaCha20 (OpenSSL's). */
static void what_is_given_out_follows_from_the_seed(void **state)
{
    static const uint8_t ends[2][16] = {
        { 0x69, 0x78, 0xc4, 0x84, 0x8e, 0xbc, 0xeb, 0x92, 0x81, 0x12, 0x33, 0x95, 0x9f, 0xff, 0xb2, 0x93 },
        { 0xdc, 0x3b, 0x0b, 0x3f, 0xda, 0x62, 0x60, 0xb1, 0xd6, 0x4b, 0xd6, 0x60, 0xeb, 0x59, 0x21, 0x73 },
    };
    uint8_t seed[40];
    const uint8_t *out;

    for (unsigned i = 0; i < sizeof(seed); i++) seed[i] = (uint8_t)(i + 1);
    machine.rng_seed = seed;
    machine.rng_seed_len = sizeof(seed);
    out = first_requests();
    assert_memory_equal(out + 56, ends[0], 16);
    assert_memory_equal(out + 72 + 56, ends[1], 16);
}

static void each_source_counts(void **state)
{
    static const uint64_t words[2][4] = { { 1, 2, 3, 4 }, { 1, 2, 3, 5 } };
    uint8_t seed[40] = { 0 }, found[6][144];

    memcpy(found[0], first_requests(), 144);
    fake_now = 1001;
    memcpy(found[1], first_requests(), 144);
    hardware = words[0];
    memcpy(found[2], first_requests(), 144);
    hardware = words[1];
    memcpy(found[3], first_requests(), 144);
    machine.rng_seed = seed;
    machine.rng_seed_len = sizeof(seed);
    memcpy(found[4], first_requests(), 144);
    seed[39] = 1;
    memcpy(found[5], first_requests(), 144);
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned k = 0; k < i; k++) assert_memory_not_equal(found[i], found[k], 16);
        assert_memory_not_equal(found[i], found[i] + 72, 16);
    }
    assert_memory_equal(found[5], first_requests(), 144);
}

static void *request(void *arg)
{
    struct thread self;

    fake_thread(&self, 101);
    arch_set_self(&self);
    return (void *)sys_getrandom((long)shared, 100, 0, 0, 0, 0);
}

__attribute__((no_sanitize("address"))) static bool is_left(const uint8_t *secret)
{
    for (uint32_t at = 0; at + 16 <= STACK; at++) {
        uint32_t i = 0;

        while (i < 16 && stack[at + i] == secret[i]) i++;
        if (i == 16) return true;
    }
    return false;
}

/* In the child: the exit status says what was found on the stack of the thread that asked. */
static void request_and_search(void)
{
    static const uint8_t nonce[12];
    uint8_t key[32] = { 0 }, words[32];
    static uint8_t block[64];
    pthread_attr_t attr;
    pthread_t t;

    /* The model: the time, the processor's words, the request. */
    memcpy(key, &fake_now, sizeof(fake_now));
    chacha20_block(key, 0, nonce, block);
    memcpy(words, hardware, sizeof(words));
    for (unsigned i = 0; i < 32; i++) words[i] ^= block[i];
    stack = aligned_alloc(4096, STACK);
    memset(stack, 0, STACK);
    pthread_attr_init(&attr);
    if (pthread_attr_setstack(&attr, stack, STACK) != 0 || pthread_create(&t, &attr, request, NULL) != 0) _exit(9);
    pthread_join(t, NULL);
    if (is_left((const uint8_t *)hardware)) _exit(1);
    if (is_left(words)) _exit(2);
    chacha20_block(words, 0, nonce, block);
    if (is_left(block)) _exit(3);
    memcpy(key, block, sizeof(key));
    chacha20_block(key, 0, nonce, block);
    if (is_left(block)) _exit(4);                   /* the pool's next key */
    if (is_left(block + 32)) _exit(5);              /* the request's */
    memcpy(key, block + 32, sizeof(key));
    chacha20_block(key, 0, nonce, block);
    if (memcmp(shared, block, 64) != 0) _exit(6);   /* all of this was about something else */
    for (unsigned i = 0; i < 64; i += 16) {
        if (is_left(block + i)) _exit(7);
    }
    _exit(0);
}

static void a_call_leaves_no_secret_on_the_stack(void **state)
{
    static const uint64_t words[4] = { 0x123456789abcdef0, 0xfedcba9876543210, 0x1122334455667788, 0x99aabbccddeeff00 };
    int status;
    pid_t child;

    hardware = words;
    child = fork();
    if (child == 0) request_and_search();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void requests_are_checked(void **state)
{
    uint8_t out[4];

    assert_int_equal(sys_getrandom((long)out, 4, 8, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_getrandom((long)out, 4, LINUX_GRND_RANDOM | LINUX_GRND_INSECURE, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_getrandom(1, 4, 0, 0, 0, 0), -EFAULT);
    assert_int_equal(sys_getrandom((long)out, 4, LINUX_GRND_NONBLOCK | LINUX_GRND_RANDOM, 0, 0, 0), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_given_out_follows_from_the_seed, prepare, clean_up),
        cmocka_unit_test_setup_teardown(each_source_counts, prepare, clean_up),
        cmocka_unit_test_setup_teardown(a_call_leaves_no_secret_on_the_stack, prepare, clean_up),
        cmocka_unit_test_setup_teardown(requests_are_checked, prepare, clean_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20 whose key is replaced at each request, so that what was given out before cannot be found
 * from what is in memory now. A call runs on the application's stack: it leaves nothing secret there. */
#include "unikernel/posix/random.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/chacha20.h"
#include "lib/err.h"
#include "lib/str.h"
#include "uk_random.h"

#define KEY   32U
#define BLOCK 64U
#define SLOW  16U                       /* measures of time when there is nothing better */

static struct {
    struct spinlock lock;
    bool seeded;
    uint8_t key[KEY];
} pool;

static const uint8_t nonce[12];

static void absorb(const void *data, uint32_t len)
{
    const uint8_t *in = data;
    uint8_t block[BLOCK];

    for (uint32_t at = 0; at < len; at += KEY) {
        for (uint32_t i = 0; i < MIN(len - at, KEY); i++) pool.key[i] ^= in[at + i];
        chacha20_block(pool.key, 0, nonce, block);
        memcpy(pool.key, block, KEY);
    }
    mem_wipe(block, sizeof(block));
}

static void seed(void)
{
    uint64_t hardware[4], now = arch_ticks();
    bool strong = machine.rng_seed_len >= KEY;

    absorb(&now, sizeof(now));
    absorb(machine.rng_seed, machine.rng_seed_len);
    if (arch_random(hardware, ARRAY_LEN(hardware))) {
        absorb(hardware, sizeof(hardware));
        mem_wipe(hardware, sizeof(hardware));
        strong = true;
    }
    for (unsigned i = 0; i < SLOW && !strong; i++) {
        now = arch_ticks();
        absorb(&now, sizeof(now));
    }
    pool.seeded = true;
}

/* A key that is used once. */
static void take_key(uint8_t key[KEY])
{
    LOCK_SCOPED(&pool.lock);
    uint8_t block[BLOCK];

    if (!pool.seeded) seed();
    chacha20_block(pool.key, 0, nonce, block);
    memcpy(pool.key, block, KEY);
    memcpy(key, block + KEY, KEY);
    mem_wipe(block, sizeof(block));
}

void random_bytes(uint8_t *out, size_t len)
{
    uint8_t secret[KEY + BLOCK], *block = secret + KEY;
    size_t n;

    take_key(secret);
    for (uint32_t counter = 0; len > 0; counter++, out += n, len -= n) {
        n = MIN(len, (size_t)BLOCK);
        chacha20_block(secret, counter, nonce, block);
        memcpy(out, block, n);
    }
    mem_wipe(secret, sizeof(secret));
}

/* Never waits, so all flags mean the same. Like Linux, at most 32 MiB at a time. */
long sys_getrandom(long out, long len, long flags, long d, long e, long f)
{
    size_t n = MIN((size_t)len, (size_t)LINUX_GETRANDOM_MAX), done = 0;
    uint8_t some[256];

    if (flags & ~(LINUX_GRND_NONBLOCK | LINUX_GRND_RANDOM | LINUX_GRND_INSECURE)) return -EINVAL;
    if (flags & LINUX_GRND_RANDOM && flags & LINUX_GRND_INSECURE) return -EINVAL;
    while (done < n) {
        size_t piece = MIN(n - done, sizeof(some));

        random_bytes(some, piece);
        if (user_write((uint64_t)out + done, some, piece) != 0) break;
        done += piece;
    }
    mem_wipe(some, sizeof(some));
    return done == 0 && n > 0 ? -EFAULT : (long)done;
}

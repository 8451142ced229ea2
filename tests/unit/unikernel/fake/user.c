/* SPDX-License-Identifier: Apache-2.0 */
/* The application's memory, which is the test's own: a test's space_back says what of it is there. */
#include <string.h>

#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "lib/err.h"

int user_read(void *to, uint64_t from, uint64_t len)
{
    if (space_back(from, len, SPACE_R) != 0) return -EFAULT;
    memcpy(to, (const void *)from, len);
    return 0;
}

int user_write(uint64_t to, const void *from, uint64_t len)
{
    if (space_back(to, len, SPACE_W) != 0) return -EFAULT;
    memcpy((void *)to, from, len);
    return 0;
}

int user_load(const uint32_t *at, uint32_t *value)
{
    if (space_back((uint64_t)at, sizeof(*at), SPACE_R) != 0) return -EFAULT;
    *value = __atomic_load_n(at, __ATOMIC_SEQ_CST);
    return 0;
}

int user_store(uint32_t *at, uint32_t value)
{
    if (space_back((uint64_t)at, sizeof(*at), SPACE_W) != 0) return -EFAULT;
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
    return 0;
}

int user_exchange(uint32_t *at, uint32_t *expected, uint32_t value)
{
    if (space_back((uint64_t)at, sizeof(*at), SPACE_W) != 0) return -EFAULT;
    return __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/mm/user.h"
#include "unikernel/mm/space.h"
#include "uk_layout.h"
#include "lib/err.h"
#include "lib/str.h"

/* Mostly all is there, so that is tried first. What is made accessible can be gone again before it
 * is used. */
static int copy(void *to, const void *from, uint64_t at, uint64_t len, unsigned access)
{
    uint64_t end;

    if (!add_ok(&end, at, len) || end > LOW_END) return -EFAULT;
    while (user_copy(to, from, len) != 0) {
        if (space_back(at, len, access) != 0) return -EFAULT;
    }
    return 0;
}

int user_read(void *to, uint64_t from, uint64_t len)
{
    return copy(to, (const void *)from, from, len, SPACE_R);
}

int user_write(uint64_t to, const void *from, uint64_t len)
{
    return copy((void *)to, from, to, len, SPACE_W);
}

int user_text(char *to, uint64_t from, uint64_t max)
{
    for (uint64_t n = 0; n < max; n++) {
        if (user_read(&to[n], from + n, 1) != 0) return -EFAULT;
        if (to[n] == '\0') return 0;
    }
    return -E2BIG;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names of threads: for those of others musl goes to /proc/self/task, which there is not. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "unikernel/libc/uk_libc.h"

/* The number of a thread's clock has its id, as Linux makes it; 0: it has ended. */
static int id_of(pthread_t thread)
{
    clockid_t clock;

    (void)pthread_getcpuclockid(thread, &clock);
    return ~(clock >> 3);
}

int pthread_setname_np(pthread_t thread, const char *name)
{
    char full[UK_NAME_MAX] = "";

    if (strnlen(name, UK_NAME_MAX) == UK_NAME_MAX) return ERANGE;
    strcpy(full, name);
    return __uk_name_thread(id_of(thread), full);
}

int pthread_getname_np(pthread_t thread, char *name, size_t len)
{
    return len < UK_NAME_MAX ? ERANGE : __uk_thread_name(id_of(thread), name);
}

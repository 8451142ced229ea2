/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/thread.h"
#include "unikernel/libc/uk_libc.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/linux.h"
#include "lib/err.h"
#include "lib/str.h"

_Static_assert(UK_NAME_MAX == LINUX_NAME_MAX, "libc gives the whole name");

static int set(struct thread *t, void *name)
{
    memcpy(t->name, name, LINUX_NAME_MAX);
    return 0;
}

static int get(struct thread *t, void *name)
{
    memcpy(name, t->name, LINUX_NAME_MAX);
    return 0;
}

/* Where Linux has no file in /proc, there is no such thread. */
static int with(int id, int (*fn)(struct thread *t, void *arg), char name[LINUX_NAME_MAX])
{
    return id > 0 && thread_with((uint32_t)id, fn, name) == 0 ? 0 : -ENOENT;
}

int __uk_name_thread(int id, const char *from)
{
    char name[LINUX_NAME_MAX];
    int err;

    gate_enter();
    err = user_read(name, (uint64_t)from, sizeof(name));
    if (err == 0) err = with(id, set, name);
    gate_leave();
    return -err;
}

int __uk_thread_name(int id, char *to)
{
    char name[LINUX_NAME_MAX];
    int err;

    gate_enter();
    err = with(id, get, name);
    if (err == 0) err = user_write((uint64_t)to, name, sizeof(name));
    gate_leave();
    return -err;
}

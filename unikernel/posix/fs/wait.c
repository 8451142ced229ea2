/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for children: there are none. */
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define WNOHANG    0x00000001U
#define WUNTRACED  0x00000002U
#define WEXITED    0x00000004U
#define WCONTINUED 0x00000008U
#define WNOWAIT    0x01000000U
#define WNOTHREAD  0x20000000U
#define WALL       0x40000000U
#define WCLONE     0x80000000U

#define WAIT_FOR (WUNTRACED | WEXITED | WCONTINUED)
#define WAIT_ANY (WNOTHREAD | WALL | WCLONE)

enum { P_ALL, P_PID, P_PGID, P_PIDFD };

long sys_wait4(long pid, long status, long options, long usage, long e, long f)
{
    if (((uint32_t)options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_ANY)) != 0) return -EINVAL;
    return (int)pid == INT32_MIN ? -ESRCH : -ECHILD;
}

long sys_waitid(long type, long id, long info, long options, long usage, long f)
{
    if (((uint32_t)options & ~(WNOHANG | WNOWAIT | WAIT_FOR | WAIT_ANY)) != 0) return -EINVAL;
    if (((uint32_t)options & WAIT_FOR) == 0) return -EINVAL;
    switch ((int)type) {
    case P_ALL:
        return -ECHILD;
    case P_PID:
        return (int)id <= 0 ? -EINVAL : -ECHILD;
    case P_PGID:
        return (int)id < 0 ? -EINVAL : -ECHILD;
    case P_PIDFD:
        return (int)id < 0 ? -EINVAL : -EBADF; /* no descriptor stands for a process */
    default:
        return -EINVAL;
    }
}

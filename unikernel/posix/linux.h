/* SPDX-License-Identifier: Apache-2.0 */
/* The layouts and constants of the Linux system call interface that we serve (generic 64-bit ABI).
 */
#pragma once

#include "lib/compiler.h"

struct linux_iovec { uint64_t base, len; };
struct linux_winsize { uint16_t rows, columns, x, y; };

#include "unikernel/posix/linux_time.h"
#include "uk_linux.h"             /* struct linux_stat */

#define LINUX_UTS_MAX 65
struct linux_utsname {
    char sysname[LINUX_UTS_MAX], node[LINUX_UTS_MAX], release[LINUX_UTS_MAX], version[LINUX_UTS_MAX],
        machine[LINUX_UTS_MAX], domain[LINUX_UTS_MAX];
};
struct linux_pollfd { int32_t fd; int16_t events, revents; };
#define LINUX_POLLIN        1
#define LINUX_POLLPRI       2
#define LINUX_POLLOUT       4
#define LINUX_POLLERR       8
#define LINUX_POLLHUP       0x10
#define LINUX_POLLNVAL      0x20
#define LINUX_POLLRDNORM    0x40
#define LINUX_POLLRDBAND    0x80
#define LINUX_POLLWRNORM    0x100
#define LINUX_POLLWRBAND    0x200
#define LINUX_POLLMSG       0x400
#define LINUX_POLL_ALWAYS   (LINUX_POLLIN | LINUX_POLLOUT | LINUX_POLLRDNORM | LINUX_POLLWRNORM)
struct linux_sysinfo {
    int64_t uptime;
    uint64_t loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
    uint16_t procs, pad;
    uint64_t total_high, free_high;
    uint32_t unit;
};

#define LINUX_TIOCGWINSZ    0x5413
#define LINUX_TCGETS        0x5401
#define LINUX_TCSETS        0x5402  /* ... and 0x5403, 0x5404: when all is put out, input dropped too */
struct linux_termios {
    uint32_t input, output, control, local;
    uint8_t line, chars[19];
};
#define LINUX_ICRNL         0x100   /* input */
#define LINUX_ICANON        2       /* local */
#define LINUX_ECHO          8
#define LINUX_VTIME         5       /* chars */
#define LINUX_VMIN          6
#define LINUX_FIONREAD      0x541b
#define LINUX_FIONBIO       0x5421
#define LINUX_S_IFCHR       0020000

/* Files; uk_linux.h has O_DIRECTORY, O_NOFOLLOW and O_LARGEFILE, which differ. */
#define LINUX_O_ACCESS      3       /* 0 read, 1 write, 2 both */
#define LINUX_O_WRONLY      1
#define LINUX_O_RDWR        2
#define LINUX_O_CREAT       0100
#define LINUX_O_EXCL        0200
#define LINUX_O_TRUNC       01000
#define LINUX_O_APPEND      02000
#define LINUX_O_NONBLOCK    04000
#define LINUX_O_CLOEXEC     02000000
#define LINUX_O_TAKEN       037777703L  /* all there are */
#define LINUX_O_PATH        010000000
#define LINUX_O_TMPFILE     020000000
#define LINUX_AT_FDCWD      (-100)
#define LINUX_AT_NOFOLLOW   0x100
#define LINUX_AT_REMOVEDIR  0x200
#define LINUX_AT_EACCESS    0x200
#define LINUX_AT_FOLLOW     0x400
#define LINUX_AT_NO_AUTOMOUNT 0x800
#define LINUX_AT_EMPTY_PATH 0x1000
#define LINUX_AT_STATX_SYNC 0x6000  /* both bits at once are wrong */
#define LINUX_F_DUPFD       0
#define LINUX_F_GETFD       1
#define LINUX_F_SETFD       2
#define LINUX_F_GETFL       3
#define LINUX_F_SETFL       4
#define LINUX_F_GETLK       5
#define LINUX_F_SETLK       6
#define LINUX_F_SETLKW      7
#define LINUX_F_OFD_GETLK   36
#define LINUX_F_OFD_SETLK   37
#define LINUX_F_OFD_SETLKW  38
#define LINUX_F_DUPFD_CLOEXEC 1030
#define LINUX_F_SETPIPE_SZ  1031
#define LINUX_F_GETPIPE_SZ  1032
#define LINUX_FD_CLOEXEC    1
#define LINUX_UTIME_NOW     0x3fffffff
#define LINUX_UTIME_OMIT    0x3ffffffe
#define LINUX_RWF_TAKEN     7L      /* HIPRI, DSYNC, SYNC */
#define LINUX_TRANSFER_MAX  0x7ffff000UL
struct linux_flock { int16_t type, whence; int64_t start, len; int32_t pid; };
struct linux_statfs {
    uint64_t type, block_size, blocks, free, available, files, files_free;
    uint32_t id[2];
    uint64_t name_max, fragment_size, flags, rsv0[4];
};
struct linux_statx_time { int64_t sec; uint32_t nsec, rsv0; };
struct linux_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, rsv0;
    uint64_t ino, size, blocks, attributes_mask;
    struct linux_statx_time accessed, born, changed, modified;
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t rsv1[14];
};
struct linux_dirent { uint64_t number; int64_t next; uint16_t len; uint8_t type; char name[]; };

#define LINUX_PROT_READ     1
#define LINUX_PROT_WRITE    2
#define LINUX_PROT_EXEC     4
#define LINUX_MAP_SHARED    0x01
#define LINUX_MAP_PRIVATE   0x02
#define LINUX_MAP_SHARED_VALIDATE 3
#define LINUX_MAP_TYPE      0x0f
#define LINUX_MAP_FIXED     0x10
#define LINUX_MAP_ANONYMOUS 0x20
#define LINUX_MAP_NORESERVE 0x4000
#define LINUX_MAP_FIXED_NOREPLACE 0x100000
#define LINUX_MREMAP_MAYMOVE 1
#define LINUX_MREMAP_FIXED  2
#define LINUX_MS_ASYNC      1
#define LINUX_MS_INVALIDATE 2
#define LINUX_MS_SYNC       4
#define LINUX_MLOCK_ONFAULT 1
#define LINUX_MCL_CURRENT   1
#define LINUX_MCL_FUTURE    2
#define LINUX_MCL_ONFAULT   4
#define LINUX_MADV_DONTNEED 4
#define LINUX_MADV_FREE     8

#define LINUX_PR_SET_NAME   15
#define LINUX_PR_GET_NAME   16
#define LINUX_NAME_MAX      16

#define LINUX_FUTEX_WAIT    0
#define LINUX_FUTEX_WAKE    1
#define LINUX_FUTEX_REQUEUE 3
#define LINUX_FUTEX_CMP_REQUEUE 4
#define LINUX_FUTEX_WAKE_OP 5
#define LINUX_FUTEX_LOCK_PI 6
#define LINUX_FUTEX_UNLOCK_PI 7
#define LINUX_FUTEX_TRYLOCK_PI 8
#define LINUX_FUTEX_WAIT_BITSET 9
#define LINUX_FUTEX_WAKE_BITSET 10
#define LINUX_FUTEX_LOCK_PI2 13
#define LINUX_FUTEX_CMD     0x7f
#define LINUX_FUTEX_REALTIME 0x100  /* the deadline is of the wall clock */
#define LINUX_SCHED_RESET_ON_FORK 0x40000000L

#define LINUX_CLOCK_REALTIME          0
#define LINUX_CLOCK_MONOTONIC         1
#define LINUX_CLOCK_PROCESS_CPUTIME   2
#define LINUX_CLOCK_THREAD_CPUTIME    3
#define LINUX_CLOCK_MONOTONIC_RAW     4
#define LINUX_CLOCK_REALTIME_COARSE   5
#define LINUX_CLOCK_MONOTONIC_COARSE  6
#define LINUX_CLOCK_BOOTTIME          7
#define LINUX_CLOCK_TAI               11
#define LINUX_TIMER_ABSTIME 1

struct linux_rlimit { uint64_t now, max; };
#define LINUX_RLIMITS       16
#define LINUX_RLIMIT_FSIZE  1
#define LINUX_RLIMIT_STACK  3
#define LINUX_RLIMIT_CORE   4
#define LINUX_RLIMIT_NOFILE 7

struct linux_rusage {
    struct linux_timeval user, system;
    uint64_t max_kib, rsv[13];
};
#define LINUX_RUSAGE_SELF     0
#define LINUX_RUSAGE_CHILDREN (-1)
#define LINUX_RUSAGE_THREAD   1

#define LINUX_PRIO_PROCESS 0
#define LINUX_PRIO_USER    2


#define LINUX_MEMBARRIER_QUERY 0
#define LINUX_MEMBARRIER_LAST  16   /* of the commands from 1 on, each a bit */

#define LINUX_GRND_NONBLOCK 1
#define LINUX_GRND_RANDOM   2
#define LINUX_GRND_INSECURE 4
#define LINUX_GETRANDOM_MAX (32U << 20)

/* The frame of a handler, what a call that it makes may use, and something for itself. */
#define LINUX_MINSIGSTKSZ (SIGNAL_FRAME_SIZE + 4096 + 512)

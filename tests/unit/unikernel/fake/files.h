/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the application has them, for unit tests: the calls are real, memory is the host's. */
#pragma once

#include "unikernel/fs/vfs.h"
#include "unikernel/posix/fs/file.h"
#include "unikernel/posix/syscalls.h"

#define BAD 1L                      /* an address that is nobody's */
#define CWD LINUX_AT_FDCWD

/** An empty "/" of so many pages and names, with nothing open but 0 to 2. */
void files_begin(uint64_t pages, uint64_t names);
/** A device that is in no file system of the test. */
struct vnode *console_of_its_own(void);
/** Closes what is open; everything else has to be gone but "/" and what pools keep, or the test
 * fails. */
void files_end(void);

/** What others do while the thread sleeps, and how that ends: as thread_block_finish. NULL: there
 * is nobody, the test fails. files_woken: somebody has woken it since. */
extern int (*files_asleep)(void);
extern bool files_woken;

/** Pages that are in use now. */
uint64_t files_pages(void);

static inline long open_at(long at, const char *path, long flags)
{
    return sys_openat(at, (long)path, flags, 0666, 0, 0);
}
static inline long open_it(const char *path, long flags)       { return open_at(CWD, path, flags); }
static inline long close_it(long fd) { return sys_close(fd, 0, 0, 0, 0, 0); }
static inline long mkdir_it(const char *path)
{
    return sys_mkdirat(CWD, (long)path, 0777, 0, 0, 0);
}
static inline long unlink_it(const char *path) { return sys_unlinkat(CWD, (long)path, 0, 0, 0, 0); }
static inline long rmdir_it(const char *path)
{
    return sys_unlinkat(CWD, (long)path, LINUX_AT_REMOVEDIR, 0, 0, 0);
}
static inline long rename_it(const char *from, const char *to, long flags)
{
    return sys_renameat2(CWD, (long)from, CWD, (long)to, flags, 0);
}
static inline long link_it(const char *from, const char *to)
{
    return sys_linkat(CWD, (long)from, CWD, (long)to, 0, 0);
}
static inline long symlink_it(const char *target, const char *path)
{
    return sys_symlinkat((long)target, CWD, (long)path, 0, 0, 0);
}
static inline long read_it(long fd, void *to, size_t n)
{
    return sys_read(fd, (long)to, (long)n, 0, 0, 0);
}
static inline long write_it(long fd, const void *from, size_t n)
{
    return sys_write(fd, (long)from, (long)n, 0, 0, 0);
}
static inline long seek_it(long fd, long to, long whence)
{
    return sys_lseek(fd, to, whence, 0, 0, 0);
}
static inline long stat_it(const char *path, struct linux_stat *out, long flags)
{
    return sys_newfstatat(CWD, (long)path, (long)out, flags, 0, 0);
}

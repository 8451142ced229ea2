/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/fs/directory.c unikernel/fs/initrd.c unikernel/fs/mapping.c unikernel/fs/mutex.c unikernel/fs/path.c unikernel/fs/pool.c
// sources: unikernel/fs/tmpfs.c unikernel/fs/tmpfs_data.c unikernel/fs/tmpfs_names.c unikernel/fs/vfs.c unikernel/fs/vnode.c
// sources: unikernel/posix/fs/at.c unikernel/posix/fs/device.c unikernel/posix/fs/directory.c unikernel/posix/fs/io.c unikernel/posix/fs/names.c
// sources: unikernel/posix/fs/open.c unikernel/posix/fs/regular.c unikernel/posix/fs/stat.c unikernel/posix/fs/statx.c unikernel/posix/fs/locks.c unikernel/posix/fs/table.c
// sources: unikernel/posix/fs/pipe.c unikernel/posix/fs/attempt.c unikernel/posix/fs/poll.c unikernel/posix/fs/epoll.c
// sources: unikernel/posix/fs/eventfd.c unikernel/posix/fs/no_mask.c unikernel/kernel/waitq.c
// sources: unikernel/mm/pages.c unikernel/kernel/lock.c lib/cpio.c tests/unit/unikernel/fake/user.c
// sources: @tests/unit/unikernel/fake/kernel.c
#include "tests/unit/unikernel/fake/files.h"
#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/waitq.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "lib/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY (64U << 20)

static uint64_t pages_before;

uint64_t time_wall_ns(void) { return fake_now; }
uint64_t deadline_after(uint64_t ns) { return time_ns() + ns; }
bool stacks_drop(void) { return false; }
long sys_getrandom(long out, long len, long flags, long d, long e, long f)
{
    if (out < 4096) return -EFAULT;
    memset((void *)out, 'r', (size_t)len);
    return len;
}

static long console(struct file *f, struct io *io, uint64_t *at) { return 0; }
const struct file_ops console_file_ops = { .read = console, .write = console };
struct waitq console_waitq;

/* One thread: who waits waits for ever. */
int futex_wait(const uint32_t *word, uint32_t expected, uint32_t bits, uint64_t deadline_ns)
{
    fprintf(stderr, "waits for a mutex for ever\n");
    abort();
}
unsigned futex_wake(uint64_t key, unsigned count, uint32_t bits) { abort(); }

int (*files_asleep)(void);
bool files_woken;

int thread_block_finish(uint64_t deadline_ns)
{
    files_woken = false;
    if (files_asleep != NULL) return files_asleep();
    fprintf(stderr, "waits for another thread for ever\n");
    abort();
}
bool thread_wake(struct thread *t, int result) { return files_woken = true; }
uint64_t time_ns(void) { return fake_now; }
int timespec_read(uint64_t address, uint64_t *ns) { abort(); }
long timespec_write(long address, uint64_t ns) { abort(); }

/* The first page is nobody's. */
int space_back(uint64_t at, uint64_t len, unsigned access)
{
    return len == 0 || (at >= 4096 && at <= INT64_MAX) ? 0 : -EFAULT;
}

int user_text(char *to, uint64_t from, uint64_t max)
{
    if (space_back(from, 1, SPACE_R) != 0) return -EFAULT;
    if (strnlen((const char *)from, max) == max) return -E2BIG;
    strcpy(to, (const char *)from);
    return 0;
}

/* Nothing is mapped. */
int space_map_file(uint64_t *at, uint64_t len, unsigned rights, bool keep, const struct mapping *m)
{
    return -ENOMEM;
}
int space_discard(uint64_t at, uint64_t len) { return 0; }
void space_discard_files(bool (*next)(void *arg, uint64_t *at, uint64_t *end), void *arg) { }

uint64_t files_pages(void)
{
    struct pages_stat s;

    pages_stat(&s);
    return s.total - s.free;
}

struct vnode *console_of_its_own(void)
{
    static struct vnode *console;
    struct fs *fs;

    if (console != NULL) return console;
    fs = tmpfs_new("devtmpfs", 1, 1);
    if (fs == NULL) abort();
    console = vfs_make(fs->root, "console", MODE_DEVICE | 0600, 0x501);
    if (console == NULL) abort();
    return console;
}

void files_begin(uint64_t pages, uint64_t names)
{
    static bool begun;
    struct fs *fs;

    if (!begun) {
        fake_memory(MEMORY);
        if (pages_add(0, MEMORY) != 0) abort();
        begun = true;
    }
    fs = tmpfs_new("tmpfs", pages, names);
    if (fs == NULL) abort();
    vfs_root = fs->root;
    if (fds_init(console_of_its_own()) != 0) abort();
    (void)sys_chdir((long)"/", 0, 0, 0, 0, 0);
    pages_before = files_pages();
}

void files_end(void)
{
    const uint64_t pools = 10;      /* may keep a page each */

    for (long fd = 0; fd < FILES_MAX; fd++) (void)close_it(fd);
    (void)sys_chdir((long)"/", 0, 0, 0, 0, 0);
    if (files_pages() > pages_before + pools) {
        fprintf(stderr, "%lu pages were lost\n", files_pages() - pages_before);
        abort();
    }
}

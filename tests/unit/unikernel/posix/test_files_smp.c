/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/fs/directory.c unikernel/fs/mapping.c unikernel/fs/mutex.c unikernel/fs/path.c unikernel/fs/pool.c unikernel/fs/tmpfs.c
// sources: unikernel/fs/tmpfs_data.c unikernel/fs/tmpfs_names.c unikernel/fs/vfs.c unikernel/fs/vnode.c
// sources: unikernel/posix/fs/at.c unikernel/posix/fs/device.c unikernel/posix/fs/directory.c unikernel/posix/fs/io.c unikernel/posix/fs/names.c
// sources: unikernel/posix/fs/open.c unikernel/posix/fs/regular.c unikernel/posix/fs/stat.c unikernel/posix/fs/locks.c unikernel/posix/fs/table.c
// sources: unikernel/posix/fs/pipe.c unikernel/posix/fs/attempt.c unikernel/posix/fs/epoll.c unikernel/posix/fs/no_mask.c
// sources: unikernel/kernel/waitq.c unikernel/mm/pages.c unikernel/kernel/futex.c tests/unit/unikernel/fake/user.c @tests/unit/unikernel/fake/smp.c
/* Files used by several CPUs: the folders stay a tree, a file's bytes are those of one writer,
 * nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/waitq.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "lib/err.h"

#define MEMORY  (8 * MIB)
#define THREADS 6U
#define ROUNDS  2000U
#define BLOCK   6000U

static struct smp_thread threads[THREADS];

void flush_local(uint64_t from, uint64_t end) { }
bool stacks_drop(void) { return false; }
long sys_getrandom(long out, long len, long flags, long d, long e, long f) { return -EFAULT; }
int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }
int space_map_file(uint64_t *at, uint64_t len, unsigned rights, bool keep, const struct mapping *m)
{
    return -ENOMEM;
}
int timespec_read(uint64_t address, uint64_t *ns) { return -EFAULT; }
int space_discard(uint64_t at, uint64_t len) { return 0; }
void space_discard_files(bool (*next)(void *arg, uint64_t *at, uint64_t *end), void *arg) { }
int user_text(char *to, uint64_t from, uint64_t max)
{
    strcpy(to, (const char *)from);
    return 0;
}

const struct file_ops console_file_ops = { .read = NULL };
struct waitq console_waitq;

static const char *some(struct smp_thread *s)
{
    static const char *const paths[] = { "a",   "b",   "c",   "a/b",   "a/c",    "b/a",
                                         "b/c", "c/a", "c/b", "a/b/c", "b/../a", "l/a" };

    return paths[smp_random(s, ARRAY_LEN(paths))];
}

static void must(long result, int one, int two, int three)
{
    MUST(result >= 0 || result == -one || result == -two || result == -three || result == -ENOENT ||
         result == -ENOTDIR);
}

static void use_file(struct smp_thread *s)
{
    static __thread char block[BLOCK];
    long fd = open_it(some(s), LINUX_O_RDWR | (smp_random(s, 2) ? LINUX_O_CREAT : 0) |
                                   (smp_random(s, 9) ? 0 : LINUX_O_TRUNC));
    long copy, n;

    must(fd, EISDIR, ELOOP, ELOOP);
    if (fd < 0) return;
    copy = sys_dup(fd, 0, 0, 0, 0, 0);
    MUST(copy >= 0);
    memset(block, (int)s->number + 1, BLOCK);
    MUST(sys_pwrite64(fd, (long)block, BLOCK, 0, 0, 0) == BLOCK);
    smp_work();
    /* Whoever wrote or cut it last: it is all of one. */
    n = sys_pread64(copy, (long)block, BLOCK, 0, 0, 0);
    MUST(n == 0 || n == BLOCK);
    for (long i = 1; i < n; i++) MUST(block[i] == block[0]);
    MUST(close_it(fd) == 0 && close_it(copy) == 0);
}

static void list_folder(struct smp_thread *s)
{
    uint64_t piece[20];
    long fd = open_it(some(s), LINUX_O_DIRECTORY), n;

    must(fd, ELOOP, ELOOP, ELOOP);
    if (fd < 0) return;
    do {
        n = sys_getdents64(fd, (long)piece, sizeof(piece), 0, 0, 0);
        smp_work();
    } while (n > 0);
    must(n, ENOENT, ENOENT, ENOENT);
    MUST(close_it(fd) == 0);
}

static void live(struct smp_thread *s)
{
    struct linux_stat about;

    for (unsigned i = 0; i < ROUNDS; i++) {
        switch (smp_random(s, 10)) {
        case 0: must(mkdir_it(some(s)), EEXIST, ELOOP, EROFS); break;
        case 1: must(rmdir_it(some(s)), ENOTEMPTY, ELOOP, EROFS); break;
        case 2: must(unlink_it(some(s)), EISDIR, ELOOP, EROFS); break;
        case 3: must(link_it(some(s), some(s)), EEXIST, EPERM, ELOOP); break;
        case 4:
            must(symlink_it("b", smp_random(s, 4) ? "l" : some(s)), EEXIST, ELOOP, EROFS);
            break;
        case 5:
        case 6: {
            long result = rename_it(some(s), some(s), smp_random(s, 4) ? 0 : MOVE_EXCHANGE);

            MUST(result != -EBUSY && result != -EXDEV);
            break;
        }
        case 7: must(stat_it(some(s), &about, 0), ELOOP, ELOOP, ELOOP); break;
        case 8: list_folder(s); break;
        default: use_file(s); break;
        }
        if (smp_random(s, 16) == 0) thread_interrupt(&threads[smp_random(s, THREADS)].t);
        smp_work();
    }
}

/* What is in the folder open as fd goes, and what is below it. */
static unsigned remove_all(long fd)
{
    struct dir_entry e;
    unsigned n = 0;

    for (;;) {
        struct file *f = file_of(fd);
        struct vnode *dir = f->vnode;
        bool is_dir, any;

        any = dir->ops->entry(dir, 2, &e);
        file_put(f);
        if (!any) return n;
        is_dir = (e.mode & MODE_TYPE) == MODE_DIRECTORY;
        if (is_dir) {
            long below = open_at(fd, e.text, LINUX_O_DIRECTORY);

            assert_true(below >= 0);
            n += remove_all(below);
            assert_int_equal(close_it(below), 0);
        }
        assert_int_equal(sys_unlinkat(fd, (long)e.text, is_dir ? LINUX_AT_REMOVEDIR : 0, 0, 0, 0),
                         0);
        assert_true(++n < 10000);
    }
}

static uint64_t used(void)
{
    struct pages_stat s;

    pages_stat(&s);
    return s.total - s.free;
}

static void files_stay_whole_whoever_uses_them(void **state)
{
    static struct thread nobody;
    struct fs *fs;
    uint64_t before;

    time_init();
    cpus[0] = calloc(1, sizeof(struct cpu));
    nobody.cpu = cpus[0];
    cpu_count = 4;                  /* ... which may keep pages */
    host_self = &nobody;
    host_memory = aligned_alloc(2 * MIB, MEMORY);
    assert_int_equal(pages_add(0, MEMORY), 0);
    fs = tmpfs_new("tmpfs", 1000, 1000);
    vfs_root = fs->root;
    assert_int_equal(fds_init(vfs_make(fs->root, "console", MODE_DEVICE | 0600, 0x501)), 0);
    before = used();
    for (unsigned n = 1; n <= 4; n++) {
        long root;

        for (unsigned i = 0; i < THREADS; i++) threads[i].fn = live;
        smp_run(n, threads, THREADS);
        host_self = &nobody;
        cpus[0] = nobody.cpu;
        cpu_count = 4;                  /* ... which may keep pages */
        root = open_it("/", LINUX_O_DIRECTORY);
        assert_int_equal(root, 3);
        assert_true(remove_all(root) > 0);
        assert_int_equal(close_it(root), 0);
        assert_in_range(used(), before, before + 6);
    }
    free(nobody.cpu);
    free(host_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(files_stay_whole_whoever_uses_them) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* mremap: what is there moves with its pages, so it takes no more memory than it grows by. */
#include "unikernel/fs/mapping.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/memory.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "uk_layout.h"

/* At `at` goes on what ends at `end`. */
static int extend(uint64_t end, uint64_t at, uint64_t len, unsigned rights, bool keep)
{
    struct mapping part;
    int err;

    if (len == 0) return 0;
    if (!mapping_next(end - PAGE_SIZE, end, &part)) return space_map(&at, len, rights, keep);
    part.offset += PAGE_SIZE;
    err = space_map_file(&at, len, rights, keep, &part);
    vnode_put(part.v);
    return err;
}

/* The files mapped in [from, end) are mapped at `to`, too, without a page yet. */
static int copy_mappings(uint64_t from, uint64_t end, uint64_t to)
{
    struct mapping part = { .end = from };
    int err = 0;

    while (err == 0 && mapping_next(part.end, end, &part)) {
        uint64_t at = part.at - from + to;

        err = space_map_file(&at, part.end - part.at, SPACE_LAZY, false, &part);
        vnode_put(part.v);
    }
    return err;
}

static long move(uint64_t from, uint64_t len, uint64_t to, uint64_t new_len, unsigned rights)
{
    int err = space_map(&to, new_len, 0, false);
    long result;

    if (err != 0) return err;
    err = copy_mappings(from, from + len, to);
    if (err == 0) err = extend(from + len, to + len, new_len - len, rights, false);
    if (err == 0) err = space_move(from, len, to);
    result = err == 0 ? (long)to : err;
    err = err == 0 ? space_unmap(from, len) : space_unmap(to, new_len);
    mapping_reap();
    return result;
}

long sys_mremap(long address, long old_len, long want, long flags, long new_address, long f)
{
    uint64_t from = (uint64_t)address, to = (uint64_t)new_address, len, new_len;
    bool fixed = flags & LINUX_MREMAP_FIXED, may_move = flags & LINUX_MREMAP_MAYMOVE;
    unsigned rights;

    len = align_up((uint64_t)old_len, PAGE_SIZE);
    new_len = align_up((uint64_t)want, PAGE_SIZE);
    if (flags & ~(LINUX_MREMAP_MAYMOVE | LINUX_MREMAP_FIXED) || (fixed && !may_move) ||
        !is_aligned(from, PAGE_SIZE) || new_len == 0) {
        return -EINVAL;
    }
    if (from > LOW_END || len > LOW_END - from || mapped_check(from, from + len, &rights) != 0) {
        return -EFAULT;
    }
    if (len == 0) return -EINVAL;
    if (fixed && (to == 0 || !is_aligned(to, PAGE_SIZE) || to > LOW_END || new_len > LOW_END - to ||
                  (to < from + len && from < to + new_len))) {
        return -EINVAL;
    }
    stacks_changed(from, len);
    if (new_len < len) {
        int err = space_unmap(from + new_len, len - new_len);

        mapping_reap();
        if (err != 0) return err;
        len = new_len;
    }
    if (!fixed) {
        if (extend(from + len, from + len, new_len - len, rights, true) == 0) return address;
        to = 0;
    }
    return may_move ? move(from, len, to, new_len, rights) : -ENOMEM;
}

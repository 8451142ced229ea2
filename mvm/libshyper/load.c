/* SPDX-License-Identifier: Apache-2.0 */
/* Images into guest RAM. RAM that is one piece for the guest may be several for us, and one mapping
 * may cover only one of them, so a copy goes piece by piece. A file is read straight into the
 * guest's pages. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache.h"
#include "mvm/libshyper/shyper.h"

#define PAGE_BYTES 4096u

static int run_at(int vm, uint64_t ipa, struct shyper_run *out)
{
    for (uint32_t i = 0; ; i++) {
        struct shyper_run run;
        int ret = shyper_vm_run(vm, i, &run);

        if (ret < 0) {
            return ret == -ENOENT ? -ERANGE : ret;
        }
        if (ipa >= run.ipa && ipa - run.ipa < run.bytes) {
            *out = run;
            return 0;
        }
    }
}

/* `done` bytes of the source are already in place. */
static int fill(char *to, uint64_t bytes, const struct shyper_source *from, uint64_t done)
{
    if (from->fd < 0) {
        memcpy(to, (const char *)from->data + done, bytes);
        return 0;
    }
    for (uint64_t at = 0; at < bytes;) {
        ssize_t got = pread(from->fd, to + at, bytes - at, (off_t)(done + at));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? -errno : -ENODATA;
        }
        at += (uint64_t)got;
    }
    return 0;
}

int shyper_load(int vm, uint64_t ipa, const struct shyper_source *from)
{
    uint64_t end;

    if (!add_ok(&end, ipa, from->bytes)) {
        return -ERANGE;
    }
    for (uint64_t done = 0; done < from->bytes;) {
        uint64_t at = ipa + done, page = align_down(at, PAGE_BYTES), piece, length;
        struct shyper_run run;
        int ret = run_at(vm, at, &run);

        if (ret < 0) {
            return ret;
        }
        piece = MIN(from->bytes - done, run.ipa + run.bytes - at);
        length = align_up(at + piece, PAGE_BYTES) - page;

        char *to = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, vm, (off_t)page);
        if (to == MAP_FAILED) {
            return -errno;
        }
        ret = fill(to + (at - page), piece, from, done);
        cache_clean(to + (at - page), piece);       /* the guest starts with its caches off */
        munmap(to, length);
        if (ret < 0) {
            return ret;
        }
        done += piece;
    }
    return 0;
}

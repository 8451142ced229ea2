/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* Any bytes as the archive given at boot: refused, or a tree that can be read to the last byte;
 * either way no page is lost. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/fs/initrd.h"
#include "unikernel/fs/tmpfs.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned sum;

static void read_content(struct vnode *v)
{
    for (uint64_t at = 0; at < v->size; at += FILE_PAGE) {
        uint64_t n = MIN(v->size - at, FILE_PAGE);
        uint8_t *page = NULL;

        must(v->ops->page(v, at / FILE_PAGE, false, &page) == 0 && page != NULL);
        for (uint64_t i = 0; i < n; i++) sum += page[i];
    }
}

static void read_folder(struct vnode *dir)
{
    struct dir_entry e;

    for (uint64_t at = 2; dir->ops->entry(dir, at, &e); at = e.next) {
        const struct name n = { e.text, e.len };
        struct vnode *v = NULL;

        must(e.next > at && e.len > 0 && e.len == strlen(e.text) && strchr(e.text, '/') == NULL);
        must(dir->ops->lookup(dir, &n, &v) == 0);
        if (!vnode_is(v, MODE_DIRECTORY)) read_content(v);
        else if (v->parent == dir) read_folder(v);
        else abort();
        vnode_put(v);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t before;
    /* Of exactly this size, so that the sanitizer sees a step too far. */
    uint8_t *archive = malloc(size == 0 ? 1 : size);
    const char *why = NULL;
    struct fs *fs = NULL;
    int err;

    if (before == 0) {
        files_begin(1000, 1000);
        before = files_pages();
    }
    memcpy(archive, data, size);
    err = initrd_read(archive, size, &fs, &why);
    must(err == 0 || (err == -22 && why != NULL));
    if (err == 0) {
        read_folder(fs->root);
        tmpfs_destroy(fs);
    }
    must(files_pages() <= before + 6);
    free(archive);
    return 0;
}

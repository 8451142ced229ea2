/* SPDX-License-Identifier: Apache-2.0 */
/* See archive.h. */
#include "tests/unit/hypervisor/fake/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "lib/crc32.h"

#define CONFIG_ROOM 4096

void archive_append(struct archive *a, const void *data, size_t bytes)
{
    uint8_t *longer = malloc(a->len + bytes == 0 ? 1 : a->len + bytes);

    assert_non_null(longer);
    if (a->len != 0) memcpy(longer, a->at, a->len);
    if (bytes != 0) memcpy(longer + a->len, data, bytes);
    free(a->at);
    a->at = longer;
    a->len += bytes;
}

static void pad(struct archive *a)
{
    archive_append(a, "\0\0\0", (4 - a->len % 4) % 4);
}

void archive_entry(struct archive *a, const struct archive_file *f)
{
    char header[111];

    (void)snprintf(header, sizeof(header),
                   "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 0u, f->mode, 0u,
                   0u, 1u, 0u, (unsigned)f->bytes, 0u, 0u, 0u, 0u, (unsigned)strlen(f->name) + 1,
                   0u);
    archive_append(a, header, 110);
    archive_append(a, f->name, strlen(f->name) + 1);
    pad(a);
    archive_append(a, f->data, f->bytes);
    pad(a);
}

void archive_end(struct archive *a)
{
    archive_entry(a, &(struct archive_file){ "TRAILER!!!", 0, "", 0 });
}

void *archive_config(const struct archive_file *files, size_t count, const char *const *vms,
                     size_t vm_count, uint64_t pool_bytes)
{
    void *fdt = malloc(CONFIG_ROOM);

    assert_non_null(fdt);
    assert_int_equal(fdt_create_empty_tree(fdt, CONFIG_ROOM), 0);
    assert_int_equal(fdt_setprop(fdt, 0, "compatible", "shyper,bundle-1", 16), 0);
    assert_int_equal(fdt_setprop_u64(fdt, 0, "pool-bytes", pool_bytes), 0);
    for (size_t i = 0; i < vm_count; i++)
        assert_int_equal(fdt_appendprop(fdt, 0, "vms", vms[i], (int)strlen(vms[i]) + 1), 0);
    for (size_t i = 0; i < count; i++) {
        if ((files[i].mode & 0170000) != 0100000) continue;
        assert_int_equal(
            fdt_appendprop(fdt, 0, "members", files[i].name, (int)strlen(files[i].name) + 1), 0);
        assert_int_equal(
            fdt_appendprop_u32(fdt, 0, "crcs", crc32(0, files[i].data, files[i].bytes)), 0);
    }
    return fdt;
}

struct archive archive_with_config(void *config, const struct archive_file *files, size_t count)
{
    struct archive a = { NULL, 0 };
    uint8_t *member;
    size_t len;

    assert_int_equal(fdt_pack(config), 0);
    len = fdt_totalsize(config);
    member = malloc(len + 4);
    assert_non_null(member);
    memcpy(member, config, len);
    fdt32_st(member + len, crc32(0, config, len));
    archive_entry(&a, &(struct archive_file){ "shyper/config.dtb", 0100644, member, len + 4 });
    free(member);
    for (size_t i = 0; i < count; i++) archive_entry(&a, &files[i]);
    archive_end(&a);
    return a;
}

struct archive archive_bundle(const struct archive_file *files, size_t count,
                              const char *const *vms, size_t vm_count, uint64_t pool_bytes)
{
    void *config = archive_config(files, count, vms, vm_count, pool_bytes);
    struct archive a = archive_with_config(config, files, count);

    free(config);
    return a;
}

void archive_free(struct archive *a)
{
    free(a->at);
    *a = (struct archive){ NULL, 0 };
}

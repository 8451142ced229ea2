/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a bundle back: what is in it, and is it whole. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <libfdt.h>

#include "lib/cpio.h"
#include "lib/crc32.h"
#include "lib/str.h"
#include "tools/pack/pack.h"
#include "tools/pack/file.h"

/* Copied out of the archive, because device trees want to be aligned. */
static int config_open(const struct cpio_entry *first, void **config, struct profile_errors *e)
{
    size_t tree = first->bytes < 4 ? 0 : first->bytes - 4;

    if (strcmp(first->name, SHYPER_BUNDLE_CONFIG) != 0) {
        return profile_refuse(e, "", "no Shyper bundle: its first member is %.60s", first->name);
    }
    *config = malloc(first->bytes + 1);
    if (*config == NULL) { return profile_no_memory(e); }
    memcpy(*config, first->data, first->bytes);
    if (tree == 0 ||
        fdt32_ld((const fdt32_t *)(const void *)((char *)*config + tree)) !=
            crc32(0, *config, tree) ||
        fdt_check_full(*config, tree) != 0 ||
        fdt_node_check_compatible(*config, 0, SHYPER_BUNDLE_COMPATIBLE) != 0) {
        free(*config);
        return profile_refuse(e, SHYPER_BUNDLE_CONFIG, "is damaged or of another version");
    }
    return 0;
}

static const char *crc_judge(const void *config, const struct cpio_entry *m)
{
    int bytes, index = fdt_stringlist_search(config, 0, "members", m->name);
    const fdt32_t *crcs = fdt_getprop(config, 0, "crcs", &bytes);

    if (strcmp(m->name, SHYPER_BUNDLE_CONFIG) == 0) { return "ok"; }
    if (index < 0 || crcs == NULL || index >= bytes / 4) { return "unlisted"; }
    return fdt32_ld(&crcs[index]) == crc32(0, m->data, m->bytes) ? "ok" : "DAMAGED";
}

static int entries_print(const uint8_t *archive, size_t bytes, const char *path,
                         struct profile_errors *e)
{
    struct cpio_cursor c = { archive, bytes };
    struct cpio_entry m;
    void *config = NULL;
    const char *why;
    int more, err = 0;

    while ((more = cpio_next(&c, &m, &why)) > 0) {
        const char *state;

        if (config == NULL) {
            err = config_open(&m, &config, e);
            if (err < 0) { return err; }
            printf("%-40s %12s  %s\n", "MEMBER", "BYTES", "CRC");
        }
        if (strcmp(m.name, SHYPER_BUNDLE_FILLER) == 0) { continue; }
        state = crc_judge(config, &m);
        printf("%-40s %12" PRIu32 "  %s\n", m.name, m.bytes, state);
        if (strcmp(state, "ok") != 0) { err = profile_refuse(e, m.name, "its CRC is %s", state); }
    }
    free(config);
    if (more < 0) {
        return profile_refuse(e, "", "%s at byte %zu: no cpio entry (newc): %s", path,
                              (size_t)(c.at - archive), why);
    }
    return config == NULL ? profile_refuse(e, "", "an empty archive") : err;
}

int pack_list(const char *path, struct profile_errors *e)
{
    void *archive = NULL;
    size_t bytes = 0;
    int err = file_read(path, &archive, &bytes);

    if (err < 0) {
        (void)profile_refuse(e, "", "%s", err == -EINVAL ? "is no regular file" : strerror(-err));
        return err;
    }
    err = entries_print(archive, bytes, path, e);
    free(archive);
    return err;
}

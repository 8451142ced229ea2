/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles for tests, written independently of tools/pack. Allocations are exact, for
 * AddressSanitizer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct archive {
    uint8_t *at;
    size_t len;
};

struct archive_file {
    const char *name;
    uint32_t mode;
    const void *data;
    size_t bytes;
};

/** A whole bundle: configuration with the checksums of all regular files, the files in order,
 * trailer. */
struct archive archive_bundle(const struct archive_file *files, size_t count,
                              const char *const *vms, size_t vm_count, uint64_t pool_bytes);

/** Its two halves: the configuration tree, which may be edited (4 KiB room; free()), and the
 * archive around it. */
void *archive_config(const struct archive_file *files, size_t count, const char *const *vms,
                     size_t vm_count, uint64_t pool_bytes);
struct archive archive_with_config(void *config, const struct archive_file *files, size_t count);

void archive_entry(struct archive *a, const struct archive_file *f);
void archive_end(struct archive *a);
void archive_append(struct archive *a, const void *data, size_t bytes);
void archive_free(struct archive *a);

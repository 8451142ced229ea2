/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile's VM has in its memory before it starts. */
#pragma once

#include "mvm/libshyper/profile.h"

/** Where what a restart needs is kept; the tests put it elsewhere. */
extern const char *images_folder;

/** Copy kernel, ramdisk and device tree into the VM's RAM. Exit status, having said what failed. */
int images_load(int vm, const struct profile *p, uint32_t gic_version) must_check;
/** Keep what a later images_reload needs. Exit status. */
int images_remember(uint32_t id, const char *profile_path, const void *blob,
                    size_t blob_bytes) must_check;

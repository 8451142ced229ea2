/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile's VM has in its memory before it starts, as open files. */
#pragma once

#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/profile.h"

/** The compiled profile, kernel, ramdisk and device tree. Exit status, having said what failed; then
 * nothing stays open. */
int images_open(const struct profile *p, const char *path, uint32_t gic_version,
                struct shyper_config *out) must_check;
void images_close(const struct shyper_config *config);

/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files. */
#pragma once

#include "lib/compiler.h"

/** Contents of a file in new memory. Negative E* on failure, -EINVAL: no regular file. */
int file_read(const char *path, void **data, size_t *bytes) must_check;

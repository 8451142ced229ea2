/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree a guest is given. */
#pragma once

#include "mvm/libshyper/profile.h"

/**
 * Write the tree for GIC version 2 or 3 into new memory. p has been laid out, except that while
 * profile_layout asks for the size, addresses of images may still be open: the size does not depend
 * on them.
 * @return 0, -ENOMEM, -ENOSPC
 */
int guest_dt_write(const struct profile *p, uint32_t gic, void **dtb, size_t *bytes) must_check;

/* SPDX-License-Identifier: Apache-2.0 */
/* The archive given at boot, as a file system whose files lie where they were loaded. */
#pragma once

#include "unikernel/fs/vnode.h"
#include "unikernel/kernel/machine.h"

/** A cpio archive (newc). *out is read-only. -EINVAL, *why says what is wrong (static text);
 * -ENOMEM. */
int initrd_read(const uint8_t *data, uint64_t bytes, struct fs **out, const char **why) must_check;

/** What machine_read_tree and start_info_read do with it when the image has files. */
void machine_initrd_found(struct machine *m, uint64_t start, uint64_t end);

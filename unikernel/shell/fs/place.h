/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as they are typed: relative to the shell's own directory, whatever the application's is. */
#pragma once

#include "unikernel/posix/fs/at.h"

/** To be used in an AT_SCOPED. name: of something in the directory `text`; NULL: text itself.
 * -ENOENT, -ENAMETOOLONG, -ENOMEM */
int shell_at(struct at *a, const char *text, const char *name) must_check;

/** What it names: *out, with a reference. */
int shell_find(const char *text, struct vnode **out) must_check;

/** "COMMAND: PATH: what went wrong", or that it was interrupted. */
void complain(const char *command, const char *path, long err);

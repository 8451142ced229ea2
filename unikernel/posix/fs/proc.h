/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of itself as files of text. */
#pragma once

#include "lib/compiler.h"

struct fs;
struct vnode;

/** For /proc. NULL: no memory. */
struct fs *proc_new(void) must_check;

/** The folder "fd" in dir, which nobody sees yet. -ENOMEM */
int proc_fd_make(struct vnode *dir) must_check;

/* ---- for those who write the texts */

struct text;

struct proc_file {
    char name[8];
    void (*write)(struct text *t);  /* NULL: a directory, in which the following ones are */
};
extern const struct proc_file proc_files[];
extern const unsigned proc_file_count;
extern const char *const proc_app_name;

void text_add(struct text *t, const char *format, ...) printf_like(2, 3);

/** What /proc/cpuinfo says of a CPU on this ISA; supplied by the port. */
void arch_cpuinfo(struct text *t, unsigned cpu);

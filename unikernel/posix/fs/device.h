/* SPDX-License-Identifier: Apache-2.0 */
/* Devices. A device file may lie anywhere: what it is, its number says. */
#pragma once

#include "unikernel/fs/vnode.h"

/** -ENXIO: there is no device of that number. */
int device_open(struct file *f) must_check;

/** Something was typed. */
void console_tell(void);

/** Mapped, it is memory as any. */
static inline bool device_is_zero(const struct vnode *v)
{
    return vnode_is(v, MODE_DEVICE) && v->device == 0x105;
}

/** All there are, links to what is open, and a folder "shm". -ENOMEM */
int devices_make(struct vnode *dir) must_check;

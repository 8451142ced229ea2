/* SPDX-License-Identifier: Apache-2.0 */
/* Devices. A device file may lie anywhere: what it is, its number says. */
#pragma once

#include "unikernel/fs/vnode.h"

/** -ENXIO: there is no device of that number. */
int device_open(struct file *f) must_check;

/** All there are, and a folder "shm". -ENOMEM */
int devices_make(struct vnode *dir) must_check;

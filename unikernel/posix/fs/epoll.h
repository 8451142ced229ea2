/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/posix/fs/file.h"

/** f, which epolls watch, is going: its last reference is gone. */
void epoll_forget(struct file *f);

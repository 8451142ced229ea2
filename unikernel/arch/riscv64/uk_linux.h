/* SPDX-License-Identifier: Apache-2.0 */
/* What of the Linux interface differs between ISAs. */
#pragma once

#define UK_ISA "riscv64"

#define SYSCALL_LIST_ISA(X)

#include "unikernel/posix/linux_stat.h"

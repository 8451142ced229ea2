/* SPDX-License-Identifier: Apache-2.0 */
/* The interface to applications is tested with the layouts of x86_64. */
#include "unikernel/arch/x86_64/uk_linux.h"

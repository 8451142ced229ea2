/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of device trees is tested with the machines of AArch64. */
#include "unikernel/arch/aarch64/uk_machine.h"

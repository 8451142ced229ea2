/* SPDX-License-Identifier: Apache-2.0 */
/* Page tables are tested in the format of x86_64. */
#include "unikernel/arch/x86_64/uk_pte.h"

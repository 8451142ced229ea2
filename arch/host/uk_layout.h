/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/x86_64/uk_layout.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and tests with x86_64 in their path are compiled with this one instead of arch/host's. */
#include "unikernel/arch/x86_64/uk_machine.h"

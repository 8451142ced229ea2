/* SPDX-License-Identifier: Apache-2.0 */
/* What third-party freestanding code may include as <string.h>. */
#pragma once
#include "lib/str.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* What third-party freestanding code may include as <stdlib.h>. */
#pragma once
#include "lib/str.h"

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/kernel/thread.h"

/** The calling thread ends: robust locks it holds get the mark that tells the next one so. */
void robust_exit(struct thread *t);

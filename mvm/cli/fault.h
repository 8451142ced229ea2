/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a VM's first fault: what it did, where, its registers, and who called whom, with
 * the names of its functions where its profile says which file has them. */
#pragma once

#include <jansson.h>

#include "mvm/cli/cli.h"

/** Print it, or nothing when there was no fault. Returns 0 or a negative errno. */
int fault_print(const struct target *t) must_check;
/** The same as JSON: null when there was no fault. Returns 0 or a negative errno. */
int fault_json(const struct target *t, json_t **out) must_check;

/* SPDX-License-Identifier: Apache-2.0 */
/* How a VM shares its cores. Internal to the profile library. */
#pragma once

#include "mvm/libshyper/profile_json.h"

#define PROFILE_SCHED_KEYS "class", "weight", "priority", "budget_us", "period_us"

/** Read these keys of `object`: the root, or its group `cpu`. */
void profile_sched_take(struct reader *r, json_t *object);

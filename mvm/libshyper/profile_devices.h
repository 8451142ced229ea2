/* SPDX-License-Identifier: Apache-2.0 */
/* The device groups of a profile. Internal to the profile library. */
#pragma once

#include "mvm/libshyper/profile_json.h"

/** Read emulated_device, passthrough_device and dtb_device of the root object into the windows of
 * r->p. */
void profile_devices_take(struct reader *r, json_t *root);

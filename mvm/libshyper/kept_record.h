/* SPDX-License-Identifier: Apache-2.0 */
/* A record as a file of JSON. Internal to kept.c. */
#pragma once

#include "mvm/libshyper/kept.h"

#define KEPT_RECORD "record.json"

/** Replaces the file in one step. */
int kept_record_write(const char *path, const struct kept *k) must_check;
/** In new memory; NULL: not there, or not a record. Paths of copies are names in the folder. */
struct kept *kept_record_read(const char *path);

/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM with its images, done here and now on /dev/shyper. The lock of kept.h is held
 * around each of these; one at a time may work on a VM. Internal to libshyper and the daemon.
 *
 * Each returns a negative errno on failure and then says why in `why`. */
#pragma once

#include "mvm/libshyper/kept.h"

#define WHY_BYTES 1024

int make_vm(int sys, const struct shyper_config *config, uint32_t *id,
            char why[WHY_BYTES]) must_check;
int make_start(int vm, char why[WHY_BYTES]) must_check;
int make_drop(int vm, char why[WHY_BYTES]) must_check;
int make_delconfig(int vm, bool *removed, char why[WHY_BYTES]) must_check;

/** After taking the lock: finish or undo what a former holder could not, and forget what is kept of
 * VMs that are gone. Says what it did by `say`. */
void make_recover(int sys, void (*say)(const char *format, ...) printf_like(1, 2));

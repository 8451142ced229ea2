/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's loop in a thread, on a fake hypervisor that has one VM, "hello", which runs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Who connects from now on. */
extern bool peer_allowed;
extern uid_t peer_uid;

/** Setup and teardown of a test. */
int daemon_fresh(void **state);
int daemon_clean(void **state);

/** As if its process ended, and another began. */
void another_daemon(void);

/** A connection to it, for the system or for a VM (negative: none). */
int connection(void);
int vm_connection(uint32_t id);

/** It answers others. */
void serves_others(void);

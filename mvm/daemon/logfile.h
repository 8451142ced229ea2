/* SPDX-License-Identifier: Apache-2.0 */
/* Console output as files /var/log/shyper/NAME.log, if that folder exists. At 1 MiB a file becomes
 * NAME.log.1 and the one before that goes. What a full disk has no room for is lost here, counted,
 * and said once; it stops nothing. */
#pragma once

#include "abi/vm.h"
#include "lib/compiler.h"

#define LOGFILE_BYTES MIB

struct logfile {
    char name[SHYPER_NAME_MAX];
    uint64_t lost;              /* bytes since the last that were written */
};

extern const char *logfile_folder;
/** Bytes that no file had room for, of all VMs. */
extern uint64_t logfile_lost;

void logfile_init(struct logfile *l, const char *name);
void logfile_add(struct logfile *l, const char *text, size_t bytes);

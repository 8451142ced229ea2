/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of the test's own under /tmp, made before it and removed with all that is in it. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_TEMPLATE "/tmp/shyper-test-XXXXXX"

static char folder[sizeof FOLDER_TEMPLATE];

static inline int folder_make(void **unused)
{
    (void)unused;
    memcpy(folder, FOLDER_TEMPLATE, sizeof folder);
    return mkdtemp(folder) == NULL;
}

static inline int folder_remove(void **unused)
{
    char command[64];

    (void)unused;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A short list of what is wrong with a profile, so that a user can mend several mistakes at once.
 */
#pragma once

#include <stdio.h>

#include "lib/compiler.h"

#define PROFILE_ERROR_MAX 8

struct profile_error {
    char path[160]; /* where in the JSON, as memory.region[1].length; "" for the file as a whole */
    char reason[480]; /* what is wrong and what to do */
};

struct profile_errors {
    unsigned count; /* may exceed PROFILE_ERROR_MAX: the first ones are kept */
    bool no_memory; /* profile_no_memory was called: the rest is not the user's fault */
    struct profile_error at[PROFILE_ERROR_MAX];
};

/** Add one error. Bytes that could upset a terminal are replaced. Always returns -EINVAL. */
int profile_refuse(struct profile_errors *e, const char *path, const char *reason, ...)
    printf_like(3, 4);

/** The one error that has no remedy here. Always returns -ENOMEM. */
int profile_no_memory(struct profile_errors *e);

/** One line each: "FILE: PATH: REASON". */
void profile_errors_print(const struct profile_errors *e, const char *file, FILE *to);

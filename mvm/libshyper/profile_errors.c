/* SPDX-License-Identifier: Apache-2.0 */
/* The list never allocates, so that "out of memory" can be said too. */
#include "mvm/libshyper/profile_errors.h"

#include <errno.h>
#include <stdarg.h>

#include "lib/str.h"

/* Profiles come from strangers too: keep their escape sequences away from the terminal. */
static void text_tame(char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f) { *s = '?'; }
    }
}

int profile_refuse(struct profile_errors *e, const char *path, const char *reason, ...)
{
    if (e->count++ < PROFILE_ERROR_MAX) {
        struct profile_error *at = &e->at[e->count - 1];
        va_list args;

        (void)str_copy(at->path, sizeof at->path, path);
        va_start(args, reason);
        (void)vsnprintf(at->reason, sizeof at->reason, reason, args);
        va_end(args);
        text_tame(at->path);
        text_tame(at->reason);
    }
    return -EINVAL;
}

int profile_no_memory(struct profile_errors *e)
{
    (void)profile_refuse(e, "", "out of memory");
    e->no_memory = true;
    return -ENOMEM;
}

void profile_errors_print(const struct profile_errors *e, const char *file, FILE *to)
{
    for (unsigned i = 0; i < e->count && i < PROFILE_ERROR_MAX; i++) {
        const struct profile_error *at = &e->at[i];

        fprintf(to, "%s: %s%s%s\n", file, at->path, at->path[0] != '\0' ? ": " : "", at->reason);
    }
    if (e->count > PROFILE_ERROR_MAX) {
        fprintf(to, "%s: and %u more\n", file, e->count - PROFILE_ERROR_MAX);
    }
}

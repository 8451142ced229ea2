/* SPDX-License-Identifier: Apache-2.0 */
/* What can be typed. at[0] is the command's name, and behind the last argument is NULL. */
#pragma once

#include "unikernel/shell/words.h"

struct command {
    const char *name, *usage, *meaning;
    void (*run)(const struct words *w);     /* NULL: the image has no files */
    uint8_t least, most;                    /* arguments */
};

extern const struct command commands[];
extern const unsigned command_count;

/** Run one line, which is changed. */
void command_run(char *line);

void command_missing(const char *name);     /* an operand is */

void command_free(const struct words *w);
void command_kill(const struct words *w);
void command_ps(const struct words *w);
void command_run_thread(const struct words *w);
void command_uptime(const struct words *w);
void command_date(const struct words *w);
void command_env(const struct words *w);
void command_exit(const struct words *w);
void command_reboot(const struct words *w);

/* There only when the image has files */
#define WITH_FILES __attribute__((weak))

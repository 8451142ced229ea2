/* SPDX-License-Identifier: Apache-2.0 */
/* What can be typed. at[0] is the command's name, and behind the last argument is NULL. */
#pragma once

#include "unikernel/shell/words.h"

typedef void command_fn(const struct words *w);

extern const struct command {
    const char *text;                   /* usage, which begins with the name; behind a zero, its meaning */
    command_fn *run;                    /* NULL: the image has no files */
    uint8_t least, most;                /* arguments */
} commands[];
extern const unsigned command_count;

/** Run one line, which is changed. */
void command_run(char *line);

struct candidates;
void command_offer(struct candidates *c);

command_fn command_dmesg, command_free, command_inject, command_kill, command_ps, command_run_thread, command_help, command_echo, command_uptime, command_date,
    command_env, command_exit, command_reboot;

/* Only in images with files: elsewhere they are NULL. Only table.c may name them, where an address may be anything. */
#define WITH_FILES __attribute__((weak))
WITH_FILES command_fn command_cat, command_top, command_ls, command_mkdir, command_cp, command_rm, command_mv, command_hexdump, command_cd,
    command_pwd, command_mount, command_echo_to;

extern const struct shell_files {
    command_fn *echo_to;
    void (*offer)(struct candidates *c, char *path);
} shell_files;

/* SPDX-License-Identifier: Apache-2.0 */
/* The system as a whole: what starts with it, and how it ends. */
#pragma once

#include "lib/compiler.h"

/** A part that is in the image because FEATURES names it. Started in the order of `level`, before
 * main. */
struct service {
    const char *name;
    int (*start)(void);
};
#define SERVICE(level, service_name, fn)                                     \
    static const struct service service_##fn in_section(".services." #level) \
        aligned_to(8) = { service_name, fn }

/** Called by a service that stays when the application has ended (the shell). */
void system_stay(void);

/** The application called exit: its other threads end too, and, unless somebody stays, so does
 * the machine. */
noreturn_fn void system_exit_group(int status);

/** The application's last thread is gone. */
void system_app_ended(void);

/** Status of the application so far, for whoever ends the machine. */
int system_status(void);

/** End the machine in order: what was printed is out. */
noreturn_fn void system_shutdown(int status);

/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"

static struct {
    bool stays;
    int status;
} app;

void system_stay(void) { app.stays = true; }

int system_status(void) { return app.status; }

void system_exit_group(int status)
{
    if (!app.stays) system_shutdown(status);
    app.status = status;
    threads_kill_others();
    thread_exit();
}

void system_app_ended(void)
{
    if (!app.stays) system_shutdown(app.status);
    if (app.status != 0) log_info("main", "ended with status %d", app.status);
}

void system_shutdown(int status) { arch_exit(status); }

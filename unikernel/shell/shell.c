/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal thread: owns the keyboard, so read(0) of the application finds the end of the file,
 * and keeps the system up when main has ended. It sleeps until a byte arrives. */
#include "unikernel/shell/shell.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"

#define LINE_MAX 256

static void terminal(void *arg)
{
    char line[LINE_MAX];

    log_text("Welcome to unishyper ...\nNo FS support\nType 'help' to see the commands.\n");
    for (;;) {
        log_text("☻ SHELL➜ ");
        if (console_line(line, sizeof(line)) >= 0) shell_execute(line);
    }
}

static int shell_start(void)
{
    console_claim();
    system_stay();
    return thread_spawn("terminal", terminal, NULL);
}

SERVICE(5, "shell", shell_start);

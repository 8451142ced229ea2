/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal thread: owns the keyboard, so read(0) of the application finds the end of the file, and
 * keeps the system up when main has ended. It sleeps until a byte arrives. */
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/console_line.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/complete.h"

static struct editor editor;

static void take(char c)
{
    switch (editor_take(&editor, c)) {
    case EDITOR_LINE_END:
        command_run(editor.text);
        break;
    case EDITOR_LINE_LOST:
        log_text("shell: the line does not fit in %u bytes: it is not run\n", EDITOR_LINE - 1);
        break;
    case EDITOR_ABANDONED:
        break;
    case EDITOR_TAB:
        complete(&editor);
        return;
    case EDITOR_MORE:
    default:
        return;
    }
    editor_begin(&editor);
}

static void terminal(void *arg)
{
    char c;

    log_text("Welcome to unishyper ...\n%s\nType 'help' to see the commands.\n",
             shell_files.offer != NULL ? "File system root: /" : "No FS support");
    editor_begin(&editor);
    for (;;) {
        if (console_typed() == 0) editor_draw(&editor);
        if (console_get(&c) == 0) take(c);
    }
}

static int shell_start(void)
{
    console_claim();
    system_stay();
    return thread_spawn("terminal", terminal, NULL);
}

SERVICE(5, "shell", shell_start);

/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, in the order help lists them. Those of files are always known, so that a user of an image
 * without them learns why they do nothing. */
#include "unikernel/shell/commands.h"
#include "unikernel/shell/complete.h"

#define ANY UINT8_MAX

const struct command commands[] = {
    { "cat [FILE]\0print a file (needs the \"fs\" feature)", command_cat, 1, ANY },
    { "free\0show how memory is used", command_free, 0, ANY },
    { "kill [TID]\0end a thread", command_kill, 1, ANY },
    { "ls [DIR]\0list a directory (needs the \"fs\" feature)", command_ls, 0, ANY },
    { "mkdir [DIR]\0make a directory (needs the \"fs\" feature)", command_mkdir, 1, ANY },
    { "ps\0list the threads", command_ps, 0, ANY },
    { "run [TID]\0start a thread that was made in the background", command_run_thread, 1, ANY },
    { "help\0show this text", command_help, 0, ANY },
    { "cd [DIR]\0work in a directory", command_cd, 0, 1 },
    { "cp FILE TO\0copy a file", command_cp, 2, 2 },
    { "date\0time of day (UTC)", command_date, 0, 0 },
    { "dmesg\0what the kernel has told", command_dmesg, 0, 0 },
    { "echo [TEXT]\0print words, with > or >> into a file", command_echo, 0, ANY },
    { "env\0show the environment of main", command_env, 0, 0 },
    { "exit\0power off with the status of main", command_exit, 0, 0 },
    { "hexdump FILE\0show the bytes of a file", command_hexdump, 1, 1 },
    { "inject TID [KIND]\0make a thread fault: write (or no KIND), read, jump, illegal; or kill", command_inject, 1, 2 },
    { "mount\0list the file systems", command_mount, 0, 0 },
    { "mv FILE TO\0give another name", command_mv, 2, 2 },
    { "pwd\0show where you are", command_pwd, 0, 0 },
    { "reboot\0reset the machine", command_reboot, 0, 0 },
    { "rm FILE\0remove a file", command_rm, 1, 1 },
    { "shutdown\0the same as exit", command_exit, 0, 0 },
    { "top [-1]\0show who uses the CPUs until a key is pressed, or once", command_top, 0, 1 },
    { "uptime\0time since the start", command_uptime, 0, 0 },
};
const unsigned command_count = ARRAY_LEN(commands);

const struct shell_files shell_files = { command_echo_to, path_offer };

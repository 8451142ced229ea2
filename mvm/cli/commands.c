/* SPDX-License-Identifier: Apache-2.0 */
/* The command table: parsing, help and the man page come from it. */
#include "mvm/cli/cli.h"

const struct command commands[] = {
    { "vm", "list", NULL, OPTION_OUTPUT, "show all VMs and what became of them",
      "STATE is created, ready, running, paused, stopping, removing; stopped with the reason "
      "(request, off, reset, cpus off), exited with the status the guest gave, or crashed (fault "
      "or hung), in which case `shyper vm log` tells more. CLASS is how it shares its cores: fair "
      "with a weight, realtime with priority and budget/period, or exclusive. RESTART is what "
      "happens when it ends by itself.",
      vm_list },
    { "vm", "config", "FILE", OPTION_OUTPUT, "make a VM from a profile and load its images",
      "FILE is JSON; file names in it count from the current folder, then from FILE's. The "
      "profile is checked as a whole before anything is made; whatever fails, nothing half-made "
      "stays. Prints the new VM's id.",
      vm_config },
    { "vm", "boot", "VM", OPTION_OUTPUT, "start a VM",
      "A VM that has stopped or crashed is reset and gets its images again first.", vm_boot },
    { "vm", "stop", "VM", OPTION_OUTPUT | OPTION_FORCE, "stop a running VM at once",
      "Its memory and configuration stay. The guest is not asked, so -f changes nothing; it is "
      "accepted for old scripts.",
      vm_stop },
    { "vm", "pause", "VM", OPTION_OUTPUT, "hold a running VM where it is",
      "Its memory and registers stay, interrupts for it are kept, its clocks go on. stop, "
      "reboot and remove take a paused VM too.",
      vm_pause },
    { "vm", "resume", "VM", OPTION_OUTPUT, "let a paused VM go on", "", vm_resume },
    { "vm", "reboot", "VM", OPTION_OUTPUT | OPTION_FORCE,
      "stop a VM if it runs, load its images again, start it",
      "The images are those of `vm config`; a VM whose files have changed since has to be removed and "
      "configured again. -f is accepted for old scripts.",
      vm_reboot },
    { "vm", "remove", "VM", OPTION_FORCE, "remove a VM, running or not, and give back its memory",
      "-f is accepted for old scripts.", vm_remove },
    { "vm", "console", "VM", OPTION_UNTIL | OPTION_TIMEOUT, "show a VM's console and type to it",
      "First what the hypervisor has kept, then what comes. At a terminal, Ctrl-] q leaves and "
      "Ctrl-] Ctrl-] types a Ctrl-]. Otherwise standard input is typed as the guest takes it. It "
      "ends with status 0 when the VM ends, when TEXT (--until) has been shown or, without "
      "--until, after SECONDS (--timeout); --timeout 0 shows what is there.",
      vm_console },
    { "vm", "log", "VM", OPTION_OUTPUT, "show what the hypervisor noted about a VM",
      "Then, if it has done something that nothing answers to, a report of the first time: what, "
      "where, the registers, and the calls that led there as its stack tells now. With an ELF file "
      "as `symbols` in the VM's profile, addresses have names.",
      vm_log },
    { "vm", "stat", "VM", OPTION_OUTPUT, "show a VM's counters",
      "Exits to the hypervisor by kind, time run and time waited for a core, restarts, heartbeats, "
      "memory.",
      vm_stat },
    { "vm", "getvmid", NULL, OPTION_OUTPUT, "show the id of the VM this program runs in", "",
      vm_getvmid },
    { "vm", "getdefconfig", "TYPE", 0, "print a profile to start from",
      "TYPE is linux or bare-metal, or a name for the VM, which is then a bare-metal one. The "
      "profile says everything it can and is complete but for the files it names.",
      vm_getdefconfig },
    { "vm", "delconfig", "VM", OPTION_OUTPUT | OPTION_FORCE,
      "forget what is kept of a VM for its next start",
      "A VM that does not run is removed with it. One that runs goes on, but neither its restart "
      "policy nor `vm reboot` can start it again. -f is accepted for old scripts.",
      vm_delconfig },
    { "system", "info", NULL, OPTION_OUTPUT, "show the hypervisor's version, memory and VMs", "",
      system_info },
    { "system", "log", NULL, OPTION_OUTPUT, "show the hypervisor's own log", "", system_log },
    { "system", "loglevel", "LEVEL", 0, "say what the hypervisor's own log takes from now on",
      "LEVEL is error, warn, info (from the start) or debug: each takes its own lines and those of "
      "the levels before it. With debug, the log tells what each VM does, step by step. `shyper "
      "system info` shows the level.",
      system_loglevel },
    { "system", "reboot", NULL, OPTION_FORCE, "reset the machine",
      "Running VMs are stopped and file systems written first; with -f neither.", system_reboot },
    { "system", "shutdown", NULL, OPTION_FORCE, "switch the machine off",
      "Running VMs are stopped and file systems written first; with -f neither.", system_shutdown },
    { "system", "daemon", NULL, 0, "serve other users, keep consoles, restart VMs; ends by a signal",
      "Stays in the foreground and talks on standard error. Root and the members of the group "
      "shyper reach it through /run/shyper/socket, and every other command then works through it. "
      "It keeps the last 256 KiB of each VM's console, in /var/log/shyper/NAME.log as well if that "
      "folder exists, and starts VMs again as their profiles say. It may be killed at any time: "
      "the next one goes on.",
      system_daemon },
    { 0 },
};

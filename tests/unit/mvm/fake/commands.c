/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that do nothing, for tests of the table. */
#include "mvm/cli/cli.h"

#define STUB(name) \
    int name(const struct request *r) { return 0; }
STUB(vm_list)
STUB(vm_config)
STUB(vm_boot)
STUB(vm_stop)
STUB(vm_pause)
STUB(vm_resume)
STUB(vm_reboot)
STUB(vm_remove)
STUB(vm_console)
STUB(vm_log)
STUB(vm_stat)
STUB(vm_getvmid)
STUB(system_info)
STUB(system_log)
STUB(system_loglevel)
STUB(system_reboot)
STUB(system_shutdown)
STUB(system_daemon)
STUB(vm_getdefconfig)
STUB(vm_delconfig)

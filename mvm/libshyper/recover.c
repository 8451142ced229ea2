/* SPDX-License-Identifier: Apache-2.0 */
/* What the holder of the lock finds that a former one, killed at any moment, left behind. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/libshyper/make.h"
#include "mvm/libshyper/shyper.h"

struct recovery {
    int sys;
    void (*say)(const char *format, ...) printf_like(1, 2);
    char making[SHYPER_NAME_MAX];       /* "": nothing was being made */
};

static void vm_recover(const struct recovery *r, int vm, const struct shyper_vm_info *info)
{
    struct kept *k = kept_read(info->id, info->name);
    char why[WHY_BYTES];
    int ret = 0;

    if (info->state == SHYPER_VM_REMOVING ||
        (info->state == SHYPER_VM_CREATED && k == NULL && strcmp(info->name, r->making) == 0)) {
        ret = shyper_vm_remove(vm);
        r->say("VM %" PRIu32 " (%s): %s%s", info->id, info->name,
               info->state == SHYPER_VM_REMOVING ? "its removal was not finished"
                                                 : "was half made and is removed",
               ret < 0 ? ", but cannot be removed" : "");
    } else if (info->state == SHYPER_VM_STOPPING) {
        ret = shyper_vm_stop(vm);
    } else if (info->state != SHYPER_VM_RUNNING && kept_is_starting(info->id)) {
        ret = make_start(vm, why);
        r->say("VM %" PRIu32 " (%s): its start was not finished%s%s", info->id, info->name,
               ret < 0 ? ": " : "; it is now", ret < 0 ? why : "");
    }
    free(k);
}

static void vms_recover(const struct recovery *r)
{
    uint32_t after = UINT32_MAX;
    int id;

    while ((id = shyper_vm_next(r->sys, after)) >= 0) {
        struct shyper_vm_info info;
        int vm = shyper_vm_open(r->sys, (uint32_t)id);

        after = (uint32_t)id;
        if (vm < 0) { continue; }
        if (id != SHYPER_MVM_ID && shyper_vm_info(vm, &info) == 0) { vm_recover(r, vm, &info); }
        close(vm);
    }
}

static void record_check(uint32_t id, void *context)
{
    const struct recovery *r = context;
    struct shyper_vm_info info;
    struct kept *k = NULL;
    int vm = shyper_vm_open(r->sys, id);

    if (vm >= 0 && shyper_vm_info(vm, &info) == 0) { k = kept_read(id, info.name); }
    if (vm >= 0) { close(vm); }
    if (k == NULL && (vm >= 0 || vm == -ENOENT)) { kept_forget(id); }
    free(k);
}

void make_recover(int sys, void (*say)(const char *format, ...) printf_like(1, 2))
{
    struct recovery r = { .sys = sys, .say = say };

    if (!kept_unfinished(r.making)) { r.making[0] = '\0'; }
    vms_recover(&r);
    kept_abandon();
    kept_visit(record_check, &r);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the hypervisor and the VM somebody means, and saying clearly when one is not there or
 * does not want to. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

static int open_failed(int error)
{
    if (error == -ENOENT || error == -ENODEV || error == -ENXIO) {
        if (access("/sys/firmware/devicetree/base/hypervisor", F_OK) != 0) {
            return failed(
                EXIT_NO_SHYPER,
                "/dev/shyper: not there, because this machine is not running under Shyper "
                "(its device tree has no node /hypervisor); start the machine with Shyper's image");
        }
        return failed(EXIT_NO_SHYPER,
                      "/dev/shyper: not there, because the kernel module is not loaded; "
                      "try: insmod /lib/modules/shyper.ko, and dmesg if that fails");
    }
    if (error == -EACCES || error == -EPERM) {
        return failed(EXIT_FAILED, "permission denied; %s",
                      error == -EPERM ? "run this as root or as a member of the group shyper"
                                      : "there is no daemon, so run this as root");
    }
    return failed(EXIT_FAILED, "/dev/shyper: %s", strerror(-error));
}

int system_open(int *sys)
{
    int fd = shyper_open();

    *sys = fd;
    return fd >= 0 ? 0 : open_failed(fd);
}

int device_open(int *sys)
{
    int fd = shyper_open_device();

    *sys = fd;
    return fd >= 0 ? 0 : open_failed(fd);
}

/* The daemon's words, if it had any. */
static const char *words_of(int error)
{
    return shyper_message()[0] != 0 ? shyper_message() : strerror(-error);
}

int vms_visit(int sys, int (*visit)(const struct shyper_vm_info *, int vm, void *), void *context)
{
    uint32_t after = UINT32_MAX;

    for (;;) {
        struct shyper_vm_info info;
        int id = shyper_vm_next(sys, after), vm, ret;

        if (id < 0) {
            return id == -ENOENT ? 0
                                 : failed(EXIT_FAILED, "cannot list the VMs: %s", words_of(id));
        }
        after = (uint32_t)id;
        vm = shyper_vm_open(sys, after);
        if (vm == -ENOENT) {
            continue;           /* removed meanwhile */
        }
        if (vm < 0) {
            return failed(EXIT_FAILED, "VM %d: cannot open it: %s", id, words_of(vm));
        }
        ret = shyper_vm_info(vm, &info);
        if (ret < 0 && ret != -ENOENT) {
            ret = failed(EXIT_FAILED, "VM %d: cannot read its state: %s", id, strerror(-ret));
        } else if (ret == 0) {
            ret = visit(&info, vm, context);
        } else {
            ret = 0;
        }
        close(vm);
        if (ret != 0) {
            return ret;
        }
    }
}

struct search {
    const char *who;
    uint32_t id;
    bool by_id, found;
    int vm;
    struct shyper_vm_info *info;
};

static int search_visit(const struct shyper_vm_info *info, int vm, void *context)
{
    struct search *s = context;

    if (s->by_id ? info->id != s->id : strcmp(info->name, s->who) != 0) {
        return 0;
    }
    s->vm = dup(vm);
    s->found = s->vm >= 0;
    *s->info = *info;
    return -1;                  /* enough */
}

/* A number is an id; a VM called like a number can be reached by its id only. */
int target_open(const char *who, struct target *out)
{
    struct search s = { .who = who, .info = &out->info };
    char *end;
    int status = system_open(&out->sys);

    if (status != 0) {
        return status;
    }
    errno = 0;
    unsigned long id = strtoul(who, &end, 10);
    s.by_id = who[0] >= '0' && who[0] <= '9' && *end == 0;
    s.id = (uint32_t)id;
    if (!s.by_id || (errno == 0 && id < UINT32_MAX)) {
        status = vms_visit(out->sys, search_visit, &s);
    }
    if (s.found) {
        out->vm = s.vm;
        return 0;
    }
    close(out->sys);
    return status > 0 ? status
                      : failed(EXIT_NO_VM, "no VM has the %s '%s'; `shyper vm list` shows them",
                               s.by_id ? "id" : "name", who);
}

void target_close(const struct target *t)
{
    close(t->vm);
    close(t->sys);
}

int refuse(const char *verb, const struct shyper_vm_info *info, int error)
{
    char words[WORDS];
    const char *state = state_words(info, words);

    if (info->id == SHYPER_MVM_ID && (error == -ENOENT || error == -EACCES)) {
        return failed(EXIT_FAILED, "%s: not possible for the management VM, in which this runs; "
                      "shyper system has what concerns the machine", verb);
    }
    if (error != -ENOENT && shyper_message()[0] != 0) {
        return failed(EXIT_FAILED, "%s: %s", verb, shyper_message());
    }
    switch (error) {
    case -ENOENT:
        return failed(EXIT_NO_VM, "%s: VM %" PRIu32 " (%s) has been removed", verb, info->id,
                      info->name);
    case -EACCES:
        return failed(EXIT_FAILED, "%s: not allowed for VM %" PRIu32 " (%s)", verb, info->id,
                      info->name);
    case -EBUSY:
    case -EINVAL:
        return failed(EXIT_FAILED, "%s: VM %" PRIu32 " (%s) is %s, where this is not possible (%s)",
                      verb, info->id, info->name, state, strerror(-error));
    case -ENOMEM:
        return failed(EXIT_FAILED,
                      "%s: VM %" PRIu32 " (%s): the hypervisor is short of memory; remove a VM "
                      "(`shyper system info` shows what is free)",
                      verb, info->id, info->name);
    default:
        return failed(EXIT_FAILED, "%s: VM %" PRIu32 " (%s): %s", verb, info->id, info->name,
                      strerror(-error));
    }
}

int state_print(const struct target *t, const struct request *r)
{
    struct shyper_vm_info info;
    char words[WORDS];
    int ret = shyper_vm_info(t->vm, &info);

    if (ret < 0) {
        return refuse("info", &t->info, ret);
    }
    if (r->json) {
        return out_json(json_pack("{s:I, s:s, s:s, s:s, s:I}", "id", (json_int_t)info.id, "name",
                                  info.name, "state", state_name(info.state), "reason",
                                  reason_name(info.reason), "exit_status",
                                  (json_int_t)info.exit_status));
    }
    printf("vm %" PRIu32 " %s %s\n", info.id, info.name, state_words(&info, words));
    return EXIT_OK;
}

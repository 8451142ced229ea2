/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM as commands: boot, stop, pause, resume, reboot, remove; and getvmid. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

static bool is_over(const struct shyper_vm_info *info)
{
    return info->state == SHYPER_VM_STOPPED || info->state == SHYPER_VM_CRASHED;
}

static int start(const struct target *t)
{
    int ret = shyper_vm_start(t->vm);

    return ret == 0 ? 0 : refuse("boot", &t->info, ret);
}

static int on_target(const struct request *r, int (*act)(struct target *))
{
    struct target t;
    int status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    status = t.info.id == SHYPER_MVM_ID ? refuse(r->command->name, &t.info, -EACCES) : act(&t);
    if (status == 0) {
        status = state_print(&t, r);
    }
    target_close(&t);
    return status;
}

static int boot(struct target *t)
{
    if (t->info.state == SHYPER_VM_RUNNING) {
        return failed(EXIT_FAILED,
                      "boot: VM %" PRIu32 " (%s) is running; `shyper vm reboot %s` starts it anew",
                      t->info.id, t->info.name, t->info.name);
    }
    if (t->info.state == SHYPER_VM_PAUSED) {
        return failed(EXIT_FAILED,
                      "boot: VM %" PRIu32 " (%s) is paused; `shyper vm resume %s` lets it go on",
                      t->info.id, t->info.name, t->info.name);
    }
    return start(t);
}

static int pause_vm(struct target *t)
{
    int ret = shyper_vm_pause(t->vm);

    return ret == 0 ? 0 : refuse("pause", &t->info, ret);
}

static int resume(struct target *t)
{
    int ret = shyper_vm_resume(t->vm);

    return ret == 0 ? 0 : refuse("resume", &t->info, ret);
}

static int stop(struct target *t)
{
    struct shyper_kept kept;
    char words[WORDS];
    int ret;

    /* One that waits to be started again can be stopped from that. */
    if (is_over(&t->info) && shyper_vm_kept(t->vm, &kept) == 0 &&
        kept.restart_in_ms != SHYPER_NO_RESTART) {
        ret = shyper_vm_stop(t->vm);
        return ret == 0 ? 0 : refuse("stop", &t->info, ret);
    }
    if (is_over(&t->info) || t->info.state == SHYPER_VM_CREATED ||
        t->info.state == SHYPER_VM_READY) {
        return failed(EXIT_FAILED, "stop: VM %" PRIu32 " (%s) does not run, it is %s", t->info.id,
                      t->info.name, state_words(&t->info, words));
    }
    ret = shyper_vm_stop(t->vm);
    return ret == 0 ? 0 : refuse("stop", &t->info, ret);
}

static int reboot(struct target *t)
{
    int ret;

    if (t->info.state == SHYPER_VM_CREATED) {
        return failed(EXIT_FAILED,
                      "reboot: VM %" PRIu32 " (%s) has not been started yet; shyper vm boot %s",
                      t->info.id, t->info.name, t->info.name);
    }
    ret = shyper_vm_stop(t->vm);        /* also what the daemon is starting, or waits to start */
    if (ret == 0 || ret == -EBUSY) {
        ret = shyper_vm_info(t->vm, &t->info);
    }
    if (ret < 0) {
        return refuse("stop", &t->info, ret);
    }
    return start(t);
}

int vm_boot(const struct request *r)   { return on_target(r, boot); }
int vm_stop(const struct request *r)   { return on_target(r, stop); }
int vm_pause(const struct request *r)  { return on_target(r, pause_vm); }
int vm_resume(const struct request *r) { return on_target(r, resume); }
int vm_reboot(const struct request *r) { return on_target(r, reboot); }

int vm_remove(const struct request *r)
{
    struct target t;
    int ret, status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    ret = shyper_vm_drop(t.vm);
    if (ret == 0) {
        printf("vm %" PRIu32 " %s removed\n", t.info.id, t.info.name);
    } else {
        status = refuse("remove", &t.info, ret);
    }
    target_close(&t);
    return status;
}

int vm_delconfig(const struct request *r)
{
    bool removed = false;
    struct target t;
    int ret, status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    ret = shyper_vm_delconfig(t.vm, &removed);
    if (ret < 0) {
        status = refuse("delconfig", &t.info, ret);
    } else if (r->json) {
        status = out_json(json_pack("{s:I, s:s, s:b}", "id", (json_int_t)t.info.id, "name",
                                    t.info.name, "removed", (int)removed));
    } else {
        printf("vm %" PRIu32 " %s %s\n", t.info.id, t.info.name,
               removed ? "removed" : "runs on, nothing is kept of it");
    }
    target_close(&t);
    return status;
}

int vm_getvmid(const struct request *r)
{
    int sys, id, status = system_open(&sys);

    if (status != 0) {
        return status;
    }
    id = shyper_self(sys);
    close(sys);
    if (id < 0) {
        return failed(EXIT_FAILED, "cannot ask for the own id: %s", strerror(-id));
    }
    if (r->json) {
        return out_json(json_pack("{s:i}", "id", id));
    }
    printf("Current VM id is %d\n", id);
    return EXIT_OK;
}

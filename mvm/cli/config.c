/* SPDX-License-Identifier: Apache-2.0 */
/* `vm config`: profile -> blob -> VM -> images. Everything that can be checked is checked before
 * the VM is made; when something fails afterwards the VM is removed again. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/images.h"
#include "mvm/libshyper/shyper.h"

static int name_visit(const struct shyper_vm_info *info, int vm, void *context)
{
    const char *name = context;

    if (strcmp(info->name, name) != 0) {
        return 0;
    }
    return failed(EXIT_FAILED,
                  "name: VM %" PRIu32
                  " is called '%s' already; choose another name, or shyper vm remove %s",
                  info->id, name, name);
}

static int system_fits(const struct shyper_system_info *system, const struct profile *p)
{
    uint64_t wanted = 0;
    char need[WORDS], have[WORDS];

    for (uint32_t i = 0; i < p->memory_count; i++) {
        wanted += p->memory[i].bytes;
    }
    if (system->vms >= system->vms_max) {
        return failed(EXIT_FAILED,
                      "there are %" PRIu32 " VMs, all that this hypervisor can hold; remove one",
                      system->vms);
    }
    if (wanted > system->pool_free_bytes) {
        return failed(
            EXIT_FAILED,
            "memory: %s are wanted, %s of guest memory are free; ask for less or remove a VM",
            bytes_words(wanted, need), bytes_words(system->pool_free_bytes, have));
    }
    if (system->gic_version == 2 ? !p->gicv2 : !p->gicv3) {
        return failed(EXIT_FAILED,
                      "this machine has GICv%" PRIu32
                      ", and the profile has no addresses for it; leave the GIC to us "
                      "or add them",
                      system->gic_version);
    }
    return 0;
}

/* Where the hypervisor's log ends now. */
static uint64_t log_end(int sys)
{
    uint64_t cursor = 0, lost;
    char text[4096];

    while (shyper_system_log(sys, &cursor, text, sizeof(text), &lost) > 0) {
        continue;
    }
    return cursor;
}

/* The hypervisor names the field it does not like in its log. */
static void log_quote(int sys, uint64_t cursor)
{
    uint64_t lost;
    char text[4096];
    ssize_t got = shyper_system_log(sys, &cursor, text, sizeof(text), &lost);

    if (got > 0) {
        fprintf(stderr, "the hypervisor says:\n%.*s", (int)got, text);
    }
}

static int create(int sys, const struct profile *p, const char *path,
                  const struct shyper_system_info *system, uint32_t *id)
{
    struct profile_errors errors = { 0 };
    uint64_t cursor;
    size_t bytes;
    void *blob;
    int ret, vm, status;

    if (profile_blob(p, false, &blob, &bytes, &errors) < 0) {
        profile_errors_print(&errors, path, stderr);
        return EXIT_FAILED;
    }
    cursor = log_end(sys);
    ret = shyper_vm_create(sys, blob, bytes, id);
    if (ret < 0) {
        free(blob);
        status =
            failed(EXIT_FAILED, "%s: the hypervisor refuses this VM: %s", path, strerror(-ret));
        log_quote(sys, cursor);
        return status;
    }
    vm = shyper_vm_open(sys, *id);
    if (vm < 0) {
        free(blob);
        return failed(EXIT_FAILED, "VM %" PRIu32 ": cannot open it: %s", *id, strerror(-vm));
    }
    status = images_load(vm, p, system->gic_version);
    if (status == 0) {
        status = images_remember(*id, path, blob, bytes);
    }
    free(blob);
    if (status != 0) {
        images_forget(*id);
        ret = shyper_vm_remove(vm);
        if (ret < 0) {
            status = failed(EXIT_FAILED, "and VM %" PRIu32 " cannot be removed again: %s", *id,
                            strerror(-ret));
        }
    }
    close(vm);
    return status;
}

/* From the VM's making to its being complete no signal may end us half-way; one that came is taken
 * afterwards. */
static int create_whole(int sys, const struct profile *p, const char *path,
                        const struct shyper_system_info *system, uint32_t *id)
{
    sigset_t all, before;
    int status;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    status = create(sys, p, path, system, id);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

static int config(const struct profile *p, const struct request *r)
{
    struct shyper_system_info system;
    char name[SHYPER_NAME_MAX];
    int sys, ret, status = system_open(&sys);
    uint32_t id = 0;

    if (status != 0) {
        return status;
    }
    memcpy(name, p->name, sizeof(name));
    ret = shyper_system_info(sys, &system);
    if (ret < 0) {
        status = failed(EXIT_FAILED, "cannot ask the hypervisor about itself: %s", strerror(-ret));
    }
    if (status == 0) {
        status = vms_visit(sys, name_visit, name);
    }
    if (status == 0) {
        status = system_fits(&system, p);
    }
    if (status == 0) {
        status = create_whole(sys, p, r->operand, &system, &id);
    }
    close(sys);
    if (status != 0) {
        return status;
    }
    if (r->json) {
        return out_json(
            json_pack("{s:I, s:s, s:s}", "id", (json_int_t)id, "name", name, "state", "created"));
    }
    printf("vm %" PRIu32 " %s created\n", id, name);
    return EXIT_OK;
}

int vm_config(const struct request *r)
{
    struct profile_errors errors = { 0 };
    struct profile profile;
    int status;

    if (profile_load(r->operand, &profile, &errors) < 0) {
        profile_errors_print(&errors, r->operand, stderr);
        status = failed(EXIT_FAILED, "%s: refused, nothing was made", r->operand);
    } else {
        status = config(&profile, r);
    }
    profile_free(&profile);
    return status;
}

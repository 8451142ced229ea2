/* SPDX-License-Identifier: Apache-2.0 */
/* `vm config`: profile -> blob and open files -> VM. Everything that can be checked is checked before
 * the VM is made; making it (manage.h) leaves nothing when it fails. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/images.h"
#include "mvm/libshyper/shyper.h"

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

static int make(int sys, const struct profile *p, const char *path, uint32_t gic_version,
                uint32_t *id)
{
    struct shyper_config config;
    int ret, status = images_open(p, path, gic_version, &config);

    if (status != 0) {
        return status;
    }
    ret = shyper_vm_config(sys, &config, id);
    images_close(&config);
    return ret == 0 ? 0
                    : failed(EXIT_FAILED, "%s: %s", path,
                             shyper_message()[0] != 0 ? shyper_message() : strerror(-ret));
}

static int config(const struct profile *p, const struct request *r)
{
    struct shyper_system_info system;
    int sys, ret, status = system_open(&sys);
    uint32_t id = 0;

    if (status != 0) {
        return status;
    }
    ret = shyper_system_info(sys, &system);
    if (ret < 0) {
        status = failed(EXIT_FAILED, "cannot ask the hypervisor about itself: %s", strerror(-ret));
    }
    if (status == 0) {
        status = system_fits(&system, p);
    }
    if (status == 0) {
        status = make(sys, p, r->operand, system.gic_version, &id);
    }
    close(sys);
    if (status != 0) {
        return status;
    }
    if (r->json) {
        return out_json(
            json_pack("{s:I, s:s, s:s}", "id", (json_int_t)id, "name", p->name, "state", "created"));
    }
    printf("vm %" PRIu32 " %s created\n", id, p->name);
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

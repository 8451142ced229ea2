/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as a whole: info, reboot, shutdown. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

static void info_print(const struct shyper_system_info *info)
{
    char words[WORDS];

    printf("version        %s\n", info->version);
    printf("ABI            %u.%u\n", info->abi_major, info->abi_minor);
    printf("CPUs           %" PRIu32 "\n", info->cpus);
    printf("GIC            v%" PRIu32 "\n", info->gic_version);
    printf("log level      %s\n", level_name(info->log_level));
    printf("up for         %s\n", time_words(info->uptime_ns, words));
    printf("VMs            %" PRIu32 " of at most %" PRIu32 "\n", info->vms, info->vms_max);
    printf("guest memory   %s", bytes_words(info->pool_bytes, words));
    printf(", %s free\n", bytes_words(info->pool_free_bytes, words));
    printf("own memory     %s", bytes_words(info->hyp_bytes, words));
    printf(", %s free\n", bytes_words(info->hyp_free_bytes, words));
}

/* d NULL: there is none. */
static json_t *daemon_json(const struct shyper_daemon_status *d)
{
    if (d == NULL) {
        return json_null();
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "pid", (json_int_t)d->pid, "clients",
                     (json_int_t)d->clients, "jobs", (json_int_t)d->jobs, "resident_bytes",
                     (json_int_t)d->resident_bytes, "kept_bytes", (json_int_t)d->kept_bytes,
                     "refused", (json_int_t)d->refused, "log_lost", (json_int_t)d->log_lost);
}

static void daemon_print(const struct shyper_daemon_status *d)
{
    char words[WORDS];

    if (d == NULL) {
        printf("daemon         none\n");
        return;
    }
    printf("daemon         process %" PRIu32 ", %s resident", d->pid,
           bytes_words(d->resident_bytes, words));
    printf(", %s kept for VMs, %" PRIu32 " connections, %" PRIu64 " refused\n",
           bytes_words(d->kept_bytes, words), d->clients, d->refused);
}

static json_t *info_json(const struct shyper_system_info *info,
                         const struct shyper_daemon_status *d)
{
    return json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o}",
                     "version", info->version,
                     "abi_major", (int)info->abi_major,
                     "abi_minor", (int)info->abi_minor,
                     "cpus", (json_int_t)info->cpus,
                     "gic_version", (json_int_t)info->gic_version,
                     "uptime_ns", (json_int_t)info->uptime_ns,
                     "vms", (json_int_t)info->vms,
                     "vms_max", (json_int_t)info->vms_max,
                     "pool_bytes", (json_int_t)info->pool_bytes,
                     "pool_free_bytes", (json_int_t)info->pool_free_bytes,
                     "hyp_bytes", (json_int_t)info->hyp_bytes,
                     "hyp_free_bytes", (json_int_t)info->hyp_free_bytes,
                     "log_level", level_name(info->log_level),
                     "daemon", daemon_json(d));
}

int system_info(const struct request *r)
{
    struct shyper_system_info info;
    struct shyper_daemon_status daemon, *d;
    int sys, ret, status = system_open(&sys);

    if (status != 0) {
        return status;
    }
    ret = shyper_system_info(sys, &info);
    d = shyper_daemon_status(sys, &daemon) == 0 ? &daemon : NULL;
    close(sys);
    if (ret < 0) {
        return failed(EXIT_FAILED, "cannot ask the hypervisor about itself: %s", strerror(-ret));
    }
    info.version[sizeof(info.version) - 1] = 0;
    if (r->json) {
        return out_json(info_json(&info, d));
    }
    info_print(&info);
    daemon_print(d);
    return EXIT_OK;
}

static int stop_visit(const struct shyper_vm_info *info, int vm, void *context)
{
    int ret;

    if (info->id == SHYPER_MVM_ID ||
        (info->state != SHYPER_VM_RUNNING && info->state != SHYPER_VM_PAUSED)) {
        return 0;
    }
    ret = shyper_vm_stop(vm);
    if (ret < 0 && ret != -ENOENT) {
        note("shyper: VM %" PRIu32 " (%s) does not stop: %s; going on", info->id, info->name,
             strerror(-ret));
    }
    return 0;
}

static int end(const struct request *r, const char *verb, int (*call)(int))
{
    int sys, ret, status = system_open(&sys);

    if (status != 0) {
        return status;
    }
    if (!r->force) {
        status = vms_visit(sys, stop_visit, NULL);
        sync();
    }
    ret = call(sys);
    close(sys);
    return status != 0
               ? status
               : failed(EXIT_FAILED, "%s: refused: %s", verb,
                        shyper_message()[0] != 0 ? shyper_message() : strerror(-ret));
}

int system_reboot(const struct request *r)   { return end(r, "reboot", shyper_system_reboot); }
int system_shutdown(const struct request *r) { return end(r, "shutdown", shyper_system_shutdown); }

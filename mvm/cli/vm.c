/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM as commands: list, boot, stop, reboot, remove, log, stat, getvmid. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

struct listing {
    struct table table;
    json_t *array;
};

static json_t *info_json(const struct shyper_vm_info *info)
{
    char words[WORDS];

    return json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "id", (json_int_t)info->id,
        "name", info->name, "type", type_words(info->type, words), "state", state_name(info->state),
        "reason", reason_name(info->reason), "exit_status", (json_int_t)info->exit_status, "vcpus",
        (json_int_t)info->vcpus, "vcpu_on_bitmap", (json_int_t)info->vcpu_on_bitmap, "cpu_bitmap",
        (json_int_t)info->cpu_bitmap, "memory_bytes", (json_int_t)info->memory_bytes, "restarts",
        (json_int_t)info->restarts, "boot_time", (int)(info->boot_time != 0));
}

static int list_visit(const struct shyper_vm_info *info, int vm, void *context)
{
    struct listing *list = context;
    char id[WORDS], type[WORDS], state[WORDS], count[WORDS], cores[WORDS], memory[WORDS];

    if (list->array != NULL) {
        return json_array_append_new(list->array, info_json(info)) == 0
                   ? 0
                   : failed(EXIT_FAILED, "out of memory");
    }
    snprintf(id, sizeof(id), "%" PRIu32, info->id);
    snprintf(count, sizeof(count), "%" PRIu32, info->vcpus);
    const char *const cells[] = { id,
                                  info->name,
                                  type_words(info->type, type),
                                  state_words(info, state),
                                  count,
                                  cpus_words(info->cpu_bitmap, cores),
                                  bytes_words(info->memory_bytes, memory) };
    return table_add(&list->table, ARRAY_LEN(cells), cells) == 0
               ? 0
               : failed(EXIT_FAILED, "out of memory");
}

int vm_list(const struct request *r)
{
    static const char *const headings[] = {
        "ID", "NAME", "TYPE", "STATE", "CPUS", "CORES", "MEMORY"
    };
    struct listing list = { 0 };
    int sys, status = system_open(&sys);

    if (status != 0) {
        return status;
    }
    if (r->json ? (list.array = json_array()) == NULL
                : table_add(&list.table, ARRAY_LEN(headings), headings) != 0) {
        status = failed(EXIT_FAILED, "out of memory");
    } else {
        status = vms_visit(sys, list_visit, &list);
    }
    close(sys);
    if (status != 0) {
        return status;
    }
    if (r->json) {
        return out_json(list.array);
    }
    table_print(&list.table);
    return EXIT_OK;
}

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
    return start(t);
}

static int stop(struct target *t)
{
    char words[WORDS];
    int ret;

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
    if (t->info.state != SHYPER_VM_READY && !is_over(&t->info)) {
        ret = shyper_vm_stop(t->vm);
        if (ret == 0) {
            ret = shyper_vm_info(t->vm, &t->info);
        }
        if (ret < 0) {
            return refuse("stop", &t->info, ret);
        }
    }
    return start(t);
}

int vm_boot(const struct request *r)   { return on_target(r, boot); }
int vm_stop(const struct request *r)   { return on_target(r, stop); }
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

int vm_log(const struct request *r)
{
    uint64_t cursor = 0, lost = 0;
    char text[4096];
    struct target t;
    ssize_t got;
    int status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    while ((got = shyper_vm_log(t.vm, &cursor, text, sizeof(text), &lost)) > 0) {
        if (lost != 0) {
            note("[%" PRIu64 " bytes of older log are gone]", lost);
        }
        fwrite(text, 1, (size_t)got, stdout);
    }
    if (got < 0) {
        status = refuse("log", &t.info, (int)got);
    }
    target_close(&t);
    return status;
}

static json_t *stat_json(const struct shyper_vm_info *info, const struct shyper_vm_stat *stat)
{
    json_t *exits = json_object();

    for (unsigned i = 0; exits != NULL && i < SHYPER_EXIT_COUNT; i++) {
        json_object_set_new(exits, exit_name(i), json_integer((json_int_t)stat->exits[i]));
    }
    return json_pack("{s:I, s:s, s:o, s:I, s:I, s:I, s:I, s:I}", "id", (json_int_t)info->id, "name",
                     info->name, "exits", exits, "run_ns", (json_int_t)stat->run_ns, "refused",
                     (json_int_t)stat->refused, "console_lost", (json_int_t)stat->console_lost,
                     "memory_bytes", (json_int_t)stat->memory_bytes, "hyp_bytes",
                     (json_int_t)stat->hyp_bytes);
}

static void stat_print(const struct shyper_vm_stat *stat)
{
    char words[WORDS];

    for (unsigned i = 0; i < SHYPER_EXIT_COUNT; i++) {
        printf("exits %-16s %" PRIu64 "\n", exit_name(i), stat->exits[i]);
    }
    printf("run time               %s\n", time_words(stat->run_ns, words));
    printf("hypercalls refused     %" PRIu64 "\n", stat->refused);
    printf("console bytes lost     %" PRIu64 "\n", stat->console_lost);
    printf("memory touched         %s\n", bytes_words(stat->memory_bytes, words));
    printf("hypervisor memory      %s\n", bytes_words(stat->hyp_bytes, words));
}

int vm_stat(const struct request *r)
{
    struct shyper_vm_stat stat;
    struct target t;
    int ret, status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    ret = shyper_vm_stat(t.vm, &stat);
    if (ret < 0) {
        status = refuse("stat", &t.info, ret);
    } else if (r->json) {
        status = out_json(stat_json(&t.info, &stat));
    } else {
        stat_print(&stat);
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

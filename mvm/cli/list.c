/* SPDX-License-Identifier: Apache-2.0 */
/* `vm list`: what every VM is and how it is. */
#include <inttypes.h>
#include <jansson.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/manage.h"
#include "mvm/libshyper/shyper.h"

struct listing {
    struct table table;
    json_t *array;
};

json_t *vm_json(const struct shyper_vm_info *info)
{
    char words[WORDS];
    json_t *vm = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "id", (json_int_t)info->id,
        "name", info->name, "type", type_words(info->type, words), "state", state_name(info->state),
        "reason", reason_name(info->reason), "exit_status", (json_int_t)info->exit_status, "vcpus",
        (json_int_t)info->vcpus, "vcpu_on_bitmap", (json_int_t)info->vcpu_on_bitmap, "cpu_bitmap",
        (json_int_t)info->cpu_bitmap, "memory_bytes", (json_int_t)info->memory_bytes, "restarts",
        (json_int_t)info->restarts, "boot_time", (int)(info->boot_time != 0));
    json_t *rules = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:I}", "class", class_name(info->sched_class),
        "weight", (json_int_t)info->weight, "priority", (json_int_t)info->priority, "budget_us",
        (json_int_t)info->budget_us, "period_us", (json_int_t)info->period_us, "restart",
        restart_name(info->restart), "restart_delay_ms", (json_int_t)info->restart_delay_ms,
        "heartbeat_ms", (json_int_t)info->heartbeat_ms);

    return json_merge(vm, rules);
}

/* What its next start needs, and whether it is about to have one. */
static json_t *kept_json(int vm)
{
    static const char *const images[] = { "none", "files", "copies", "changed" };
    struct shyper_kept kept;
    json_t *profile;
    bool waits;

    if (shyper_vm_kept(vm, &kept) < 0) {
        kept = (struct shyper_kept){ .restart_in_ms = SHYPER_NO_RESTART };
    }
    waits = kept.restart_in_ms != SHYPER_NO_RESTART;
    profile = json_string(kept.profile); /* NULL: not UTF-8 */
    return json_pack("{s:o, s:s, s:o}", "profile", profile != NULL ? profile : json_string(""),
                     "images", images[kept.images % ARRAY_LEN(images)], "restart_in_ms",
                     waits ? json_integer(kept.restart_in_ms) : json_null());
}

static int list_visit(const struct shyper_vm_info *info, int vm, void *context)
{
    struct listing *list = context;
    char id[WORDS], type[WORDS], state[WORDS], count[WORDS], cores[WORDS], memory[WORDS];
    char class[WORDS];

    if (list->array != NULL) {
        return json_array_append_new(list->array, json_merge(vm_json(info), kept_json(vm))) == 0
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
                                  bytes_words(info->memory_bytes, memory),
                                  class_words(info, class),
                                  restart_name(info->restart) };
    return table_add(&list->table, ARRAY_LEN(cells), cells) == 0
               ? 0
               : failed(EXIT_FAILED, "out of memory");
}

int vm_list(const struct request *r)
{
    static const char *const headings[] = { "ID",    "NAME",   "TYPE",  "STATE",  "CPUS",
                                            "CORES", "MEMORY", "CLASS", "RESTART" };
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
        json_decref(list.array);
        table_free(&list.table);
        return status;
    }
    if (r->json) {
        return out_json(list.array);
    }
    table_print(&list.table);
    return EXIT_OK;
}

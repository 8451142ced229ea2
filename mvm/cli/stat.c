/* SPDX-License-Identifier: Apache-2.0 */
/* `vm stat`: how a VM shares the machine, and what it has taken of it so far. */
#include <inttypes.h>
#include <jansson.h>

#include "mvm/cli/cli.h"
#include "mvm/libshyper/shyper.h"

static json_t *stat_json(const struct shyper_vm_info *info, const struct shyper_vm_stat *stat)
{
    json_t *exits = json_object();
    json_t *counters;

    for (unsigned i = 0; exits != NULL && i < SHYPER_EXIT_COUNT; i++) {
        json_object_set_new(exits, exit_name(i), json_integer((json_int_t)stat->exits[i]));
    }
    counters = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "exits", exits, "run_ns",
                         (json_int_t)stat->run_ns, "ready_ns", (json_int_t)stat->ready_ns,
                         "switches", (json_int_t)stat->switches, "beats", (json_int_t)stat->beats,
                         "refused", (json_int_t)stat->refused, "console_lost",
                         (json_int_t)stat->console_lost, "memory_touched_bytes",
                         (json_int_t)stat->memory_bytes, "hyp_bytes", (json_int_t)stat->hyp_bytes);
    return json_merge(vm_json(info), counters);
}

static void stat_print(const struct shyper_vm_info *info, const struct shyper_vm_stat *stat)
{
    char words[WORDS];

    for (unsigned i = 0; i < SHYPER_EXIT_COUNT; i++) {
        printf("exits %-16s %" PRIu64 "\n", exit_name(i), stat->exits[i]);
    }
    printf("class                  %s\n", class_words(info, words));
    printf("run time               %s\n", time_words(stat->run_ns, words));
    printf("ready, but not running %s\n", time_words(stat->ready_ns, words));
    printf("switches               %" PRIu64 "\n", stat->switches);
    printf("restart                %s, %" PRIu32 " so far\n", restart_name(info->restart),
           info->restarts);
    if (info->heartbeat_ms != 0) {
        printf("heartbeat              every %" PRIu32 " ms, %" PRIu64 " so far\n",
               info->heartbeat_ms, stat->beats);
    } else {
        printf("heartbeat              none asked for\n");
    }
    printf("hypercalls refused     %" PRIu64 "\n", stat->refused);
    printf("console bytes lost     %" PRIu64 "\n", stat->console_lost);
    printf("memory                 %s\n", bytes_words(info->memory_bytes, words));
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
        stat_print(&t.info, &stat);
    }
    target_close(&t);
    return status;
}

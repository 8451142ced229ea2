/* SPDX-License-Identifier: Apache-2.0 */
/* `vm log`, `system log` and `system loglevel`: text the hypervisor keeps, and what is known of a
 * VM's first fault. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/fault.h"
#include "mvm/libshyper/shyper.h"

typedef ssize_t log_read_fn(int fd, uint64_t *cursor, char *text, size_t room, uint64_t *lost);

/* All there is from its oldest byte on. *lost counts what had been overwritten before. Returns a
 * negative errno. */
static int log_copy(log_read_fn *read, int fd, FILE *to, uint64_t *lost)
{
    uint64_t cursor = 0, more = 0;
    char text[4096];
    ssize_t got;

    *lost = 0;
    while ((got = read(fd, &cursor, text, sizeof(text), &more)) > 0) {
        *lost += more;
        fwrite(text, 1, (size_t)got, to);
    }
    return (int)got;
}

static int log_print(log_read_fn *read, int fd)
{
    uint64_t lost;
    int ret = log_copy(read, fd, stdout, &lost);

    if (lost != 0) {
        note("[%" PRIu64 " bytes of older log are gone]", lost);
    }
    return ret;
}

/* {"lost": N, "text": "..."}; NULL: memory was short. The text of a guest's making may be anything,
 * that of a JSON string may not. */
static int log_json(log_read_fn *read, int fd, json_t **out)
{
    char *text = NULL;
    size_t bytes = 0;
    uint64_t lost;
    FILE *memory = open_memstream(&text, &bytes);
    int ret;

    if (memory == NULL) {
        return -ENOMEM;
    }
    ret = log_copy(read, fd, memory, &lost);
    if (fclose(memory) != 0) {
        ret = -ENOMEM;
    }
    for (size_t i = 0; ret >= 0 && i < bytes; i++) {
        if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' && text[i] != '\t') {
            text[i] = '?';
        }
    }
    if (ret >= 0) {
        *out = json_pack("{s:I, s:s%}", "lost_bytes", (json_int_t)lost, "text", text, bytes);
    }
    free(text);
    return ret;
}

static int vm_log_json(const struct target *t)
{
    json_t *log = NULL, *fault;
    int ret = log_json(shyper_vm_log, t->vm, &log);

    if (ret < 0) {
        return refuse("log", &t->info, ret);
    }
    ret = fault_json(t, &fault);
    if (ret < 0) {
        json_decref(log);
        return refuse("log", &t->info, ret);
    }
    return out_json(json_merge(json_pack("{s:I, s:s, s:o}", "id", (json_int_t)t->info.id, "name",
                                         t->info.name, "fault", fault),
                               log));
}

int vm_log(const struct request *r)
{
    struct target t;
    int ret, status = target_open(r->operand, &t);

    if (status != 0) {
        return status;
    }
    if (r->json) {
        status = vm_log_json(&t);
    } else {
        ret = log_print(shyper_vm_log, t.vm);
        if (ret >= 0) {
            ret = fault_print(&t);
        }
        status = ret < 0 ? refuse("log", &t.info, ret) : EXIT_OK;
    }
    target_close(&t);
    return status;
}

int system_log(const struct request *r)
{
    json_t *log = NULL;
    int sys, ret, status = system_open(&sys);

    if (status != 0) {
        return status;
    }
    ret = r->json ? log_json(shyper_system_log, sys, &log) : log_print(shyper_system_log, sys);
    close(sys);
    if (ret < 0) {
        return failed(EXIT_FAILED, "cannot read the log: %s", strerror(-ret));
    }
    return r->json ? out_json(log) : EXIT_OK;
}

int system_loglevel(const struct request *r)
{
    uint32_t level = 0;
    int sys, ret, status;

    while (level <= SHYPER_LOG_DEBUG && strcmp(level_name(level), r->operand) != 0) {
        level++;
    }
    if (level > SHYPER_LOG_DEBUG) {
        return failed(EXIT_USAGE, "there is no level '%s'; say error, warn, info or debug",
                      r->operand);
    }
    status = system_open(&sys);
    if (status != 0) {
        return status;
    }
    ret = shyper_log_level(sys, level);
    close(sys);
    return ret < 0 ? failed(EXIT_FAILED, "cannot set the log's level: %s", strerror(-ret))
                   : EXIT_OK;
}

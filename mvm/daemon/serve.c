/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/daemon/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mvm/daemon/daemon.h"
#include "mvm/libshyper/kept.h"
#include "mvm/libshyper/shyper.h"

/* --- what only the daemon knows --- */

/* statm is cheaper, and wrong by up to 64 pages for each thread. */
static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    char line[256];
    uint64_t kib = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL &&
           sscanf(line, "Rss: %" SCNu64 " kB", &kib) != 1) {
        continue;
    }
    if (file != NULL) { fclose(file); }
    return kib * KIB;
}

static void status_fill(struct shyper_daemon_status *out)
{
    *out = (struct shyper_daemon_status){ .pid = (uint32_t)getpid(),
                                          .clients = clients_count(),
                                          .jobs = jobs_running(),
                                          .resident_bytes = resident_bytes(),
                                          .refused = the.refused,
                                          .log_lost = logfile_lost };
    for (const struct vm *vm = vms; vm != NULL; vm = vm->next) {
        struct kept *k = kept_read(vm->info.id, vm->info.name);
        uint64_t copied;

        (void)kept_state(k, &copied);
        free(k);
        out->vms++;
        out->kept_bytes += copied + (vm->scroll.fd >= 0 ? SCROLL_BYTES : 0);
    }
}

static void kept_fill(const struct vm *vm, struct shyper_kept *out)
{
    struct kept *k = kept_read(vm->info.id, vm->info.name);

    *out = (struct shyper_kept){ .restart_in_ms = SHYPER_NO_RESTART };
    out->images = kept_state(k, &out->copied_bytes);
    if (k != NULL) { memcpy(out->profile, k->profile, sizeof out->profile); }
    if (vm->policy.due_ms != POLICY_NEVER) {
        out->restart_in_ms = (uint32_t)MAX(vm->policy.due_ms - the.now_ms, 0);
    } else if (vm->working) {
        out->restart_in_ms = 0;
    }
    free(k);
}

/* --- requests that are answered at once --- */

static int handle_of(const struct client *c) { return c->is_vm ? c->vm->fd : the.sys; }

static void serve_struct(struct client *c)
{
    const struct wire_struct *type = c->ask.op->data;
    union {
        uint32_t size;                          /* begins every structure of abi/ioctl.h */
        struct shyper_system_info system;
        struct shyper_vm_info info;
        struct shyper_vm_stat stat;
        struct shyper_vm_fault fault;
        struct shyper_daemon_status status;
        struct shyper_kept kept;
    } data = { 0 };
    int ret = 0;

    data.size = (uint32_t)type->bytes;
    if (c->ask.op->ioctl != 0) {
        ret = shyper_ioctl(handle_of(c), c->ask.op->ioctl, &data);
    } else if (c->is_vm) {
        kept_fill(c->vm, &data.kept);
    } else {
        status_fill(&data.status);
    }
    if (ret < 0) {
        client_refuse(c, ret, "");
    } else {
        client_answer(c, json_pack("{s:o}", "data", wire_from_struct(type, &data)));
    }
}

static void serve_read(struct client *c)
{
    static char text[WIRE_SHOWN_MAX];
    uint64_t cursor = c->ask.cursor, lost = 0;
    ssize_t got;

    if (c->is_vm && c->ask.op->ioctl == SHYPER_IOC_CONSOLE_READ &&
        c->vm->info.id != SHYPER_MVM_ID) {
        vm_drain(c->vm);
        got = (ssize_t)scroll_read(&c->vm->scroll, &cursor, text, c->ask.bytes, &lost);
    } else {
        struct shyper_ioc_buf buf = { .size = sizeof buf,
                                      .addr = (uintptr_t)text,
                                      .bytes = c->ask.bytes,
                                      .cursor = cursor };

        got = shyper_ioctl(handle_of(c), c->ask.op->ioctl, &buf);
        if (got >= 0) {
            got = (ssize_t)buf.bytes;
            cursor = buf.cursor;
            lost = buf.lost;
        }
    }
    if (got < 0) {
        client_refuse(c, (int)got, "");
        return;
    }
    client_answer(c, json_pack("{s:o, s:I, s:I}", "text", wire_from_text(text, (size_t)got),
                               "cursor", (json_int_t)cursor, "lost", (json_int_t)lost));
}

static void serve_write(struct client *c)
{
    ssize_t got = shyper_console_write(c->vm->fd, c->ask.typed, c->ask.typed_bytes);

    if (got < 0) {
        client_refuse(c, (int)got, "");
    } else {
        client_value(c, (uint32_t)got);
    }
}

static void serve_open(struct client *c)
{
    struct vm *vm = vm_with_id(c->ask.number);

    if (vm == NULL) {
        vms_scan();
        vm = vm_with_id(c->ask.number);
    }
    if (vm == NULL) {
        client_refuse(c, -ENOENT, "");
        return;
    }
    c->is_vm = true;
    c->vm = vm;
    client_value(c, c->ask.number);
}

static void serve_number(struct client *c)
{
    unsigned long request = c->ask.op->ioctl;
    int ret;

    if (request == SHYPER_IOC_VM_OPEN) {
        serve_open(c);
        return;
    }
    if (request == SHYPER_IOC_EVENTS) {
        c->listens = true;
        client_value(c, c->events);
        c->events = 0;
        return;
    }
    if ((request == SHYPER_IOC_SHUTDOWN || request == SHYPER_IOC_REBOOT) && c->uid != 0) {
        client_refuse(c, -EACCES, "only root may end the machine");
        return;
    }
    ret = shyper_ioctl(the.sys, request, (void *)(uintptr_t)c->ask.number);
    if (ret < 0) {
        client_refuse(c, ret, "");
    } else {
        client_value(c, (uint32_t)ret);
    }
}

/* --- requests that become jobs --- */

static const struct {
    const char *name;
    enum job_kind kind;
} job_names[] = {
    { "start", JOB_START },   { "stop", JOB_STOP },     { "pause", JOB_PAUSE },
    { "resume", JOB_RESUME }, { "remove", JOB_REMOVE }, { "delconfig", JOB_DELCONFIG },
};

static bool files_are_regular(const struct client *c)
{
    for (unsigned i = 0; i < c->file_count; i++) {
        struct stat st;

        if (fstat(c->files[i], &st) != 0 || !S_ISREG(st.st_mode)) { return false; }
    }
    return true;
}

static void serve_config(struct client *c)
{
    if (!files_are_regular(c)) {
        client_files_close(c);
        client_refuse(c, -EINVAL, "an image is no regular file");
        return;
    }
    if (the.making[0] != '\0' || !job_has_room(c->uid)) { return; }
    if (!job_start(JOB_CONFIG, NULL, c, &c->ask.config)) {
        client_files_close(c);
        client_refuse(c, -ENOMEM, "");
        return;
    }
    client_files_forget(c);
    c->stage = CLIENT_WORKS;
}

static void serve_job(struct client *c, enum job_kind kind)
{
    struct vm *vm = c->vm;

    if (vm_is_busy(vm) || !job_has_room(c->uid)) { return; }
    if (kind == JOB_STOP && vm->policy.due_ms != POLICY_NEVER) {
        policy_overruled(&vm->policy);          /* it has ended, and now stays so */
        vm_policy_keep(vm);
        clients_tell(SHYPER_EVENT_STATE);
        client_value(c, 0);
        return;
    }
    if (!job_start(kind, vm, c, NULL)) {
        client_refuse(c, -ENOMEM, "");
        return;
    }
    policy_overruled(&vm->policy);
    vm_policy_keep(vm);
    c->stage = CLIENT_WORKS;
}

static void serve_plain(struct client *c)
{
    for (size_t i = 0; i < ARRAY_LEN(job_names); i++) {
        if (strcmp(c->ask.op->name, job_names[i].name) == 0) {
            serve_job(c, job_names[i].kind);
            return;
        }
    }
    serve_number(c);
}

void serve(struct client *c)
{
    const struct wire_op *op = c->ask.op;

    if ((op->target == WIRE_VM) != c->is_vm) {
        client_files_close(c);
        client_refuse(c, -ENOTTY, c->is_vm ? "this connection stands for a VM"
                                           : "this connection stands for no VM yet");
        return;
    }
    if (op->ioctl == 0 || op->ioctl == SHYPER_IOC_STOP) { vms_scan(); }     /* what policies want */
    if (c->is_vm && c->vm == NULL) {
        client_refuse(c, -ENOENT, "");
        return;
    }
    switch (op->shape) {
    case WIRE_STRUCT: serve_struct(c); break;
    case WIRE_READ:   serve_read(c); break;
    case WIRE_WRITE:  serve_write(c); break;
    case WIRE_ID:
    case WIRE_LEVEL:  serve_number(c); break;
    case WIRE_PLAIN:  serve_plain(c); break;
    case WIRE_CONFIG: serve_config(c); break;
    }
}

static void policy_failed(struct vm *vm, const struct job *job)
{
    policy_overruled(&vm->policy);
    vm_policy_keep(vm);
    say("VM %" PRIu32 " (%s) cannot be started again by its policy: %s", vm->info.id, vm->info.name,
        job->why[0] != '\0' ? job->why : strerror(-job->ret));
}

void serve_done(struct job *job)
{
    struct client *c = client_with(job->client);

    if (job->vm != NULL) {
        if (job->client == 0 && job->ret < 0 && !job->vm->gone) { policy_failed(job->vm, job); }
        vm_release(job->vm);
    }
    vms_scan();
    clients_tell(SHYPER_EVENT_STATE);           /* who waited for a restart that failed */
    if (c != NULL && job->ret < 0) {
        client_refuse(c, job->ret, job->why);
    } else if (c != NULL) {
        client_value(c, job->value);
    }
    free(job);
}

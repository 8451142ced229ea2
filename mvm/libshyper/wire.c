/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/wire.h"

#include <string.h>

#include "mvm/libshyper/manage.h"

#define NUMBER  WIRE_NUMBER
#define NUMBERS WIRE_ARRAY
#define TEXT    WIRE_ARRAY
#define STRUCT(s, ...)                                                           \
    static const struct wire_field s##_fields[] = { __VA_ARGS__, { 0 } };        \
    static const struct wire_struct s##_type = { sizeof(struct s), s##_fields }

STRUCT(shyper_system_info, NUMBER(shyper_system_info, size), NUMBER(shyper_system_info, abi_major),
       NUMBER(shyper_system_info, abi_minor), NUMBER(shyper_system_info, cpus),
       NUMBER(shyper_system_info, gic_version), NUMBER(shyper_system_info, uptime_ns),
       NUMBER(shyper_system_info, pool_bytes), NUMBER(shyper_system_info, pool_free_bytes),
       NUMBER(shyper_system_info, hyp_bytes), NUMBER(shyper_system_info, hyp_free_bytes),
       NUMBER(shyper_system_info, vms), NUMBER(shyper_system_info, vms_max),
       TEXT(shyper_system_info, version), NUMBER(shyper_system_info, log_level),
       NUMBER(shyper_system_info, rsv0));

STRUCT(shyper_vm_info, NUMBER(shyper_vm_info, size), NUMBER(shyper_vm_info, id),
       TEXT(shyper_vm_info, name), NUMBER(shyper_vm_info, type), NUMBER(shyper_vm_info, state),
       NUMBER(shyper_vm_info, reason), NUMBER(shyper_vm_info, exit_status),
       NUMBER(shyper_vm_info, vcpus), NUMBER(shyper_vm_info, restarts),
       NUMBER(shyper_vm_info, cpu_bitmap), NUMBER(shyper_vm_info, memory_bytes),
       NUMBER(shyper_vm_info, vcpu_on_bitmap), NUMBER(shyper_vm_info, boot_time),
       NUMBER(shyper_vm_info, rsv0), NUMBER(shyper_vm_info, sched_class),
       NUMBER(shyper_vm_info, weight), NUMBER(shyper_vm_info, priority),
       NUMBER(shyper_vm_info, budget_us), NUMBER(shyper_vm_info, period_us),
       NUMBER(shyper_vm_info, restart), NUMBER(shyper_vm_info, restart_delay_ms),
       NUMBER(shyper_vm_info, heartbeat_ms));

STRUCT(shyper_vm_stat, NUMBER(shyper_vm_stat, size), NUMBER(shyper_vm_stat, rsv0),
       NUMBERS(shyper_vm_stat, exits), NUMBER(shyper_vm_stat, run_ns),
       NUMBER(shyper_vm_stat, refused), NUMBER(shyper_vm_stat, console_lost),
       NUMBER(shyper_vm_stat, memory_bytes), NUMBER(shyper_vm_stat, hyp_bytes),
       NUMBER(shyper_vm_stat, ready_ns), NUMBER(shyper_vm_stat, switches),
       NUMBER(shyper_vm_stat, beats));

STRUCT(shyper_vm_fault, NUMBER(shyper_vm_fault, size), NUMBER(shyper_vm_fault, kind),
       NUMBER(shyper_vm_fault, vcpu), NUMBER(shyper_vm_fault, exception_level),
       NUMBER(shyper_vm_fault, uptime_ns), NUMBER(shyper_vm_fault, count),
       NUMBER(shyper_vm_fault, syndrome), NUMBER(shyper_vm_fault, address),
       NUMBER(shyper_vm_fault, ipa), NUMBER(shyper_vm_fault, pc), NUMBER(shyper_vm_fault, pstate),
       NUMBER(shyper_vm_fault, sp), NUMBERS(shyper_vm_fault, x), NUMBER(shyper_vm_fault, ttbr0),
       NUMBER(shyper_vm_fault, ttbr1), NUMBER(shyper_vm_fault, tcr), NUMBER(shyper_vm_fault, sctlr),
       NUMBER(shyper_vm_fault, vbar));

STRUCT(shyper_kept, NUMBER(shyper_kept, images), NUMBER(shyper_kept, restart_in_ms),
       NUMBER(shyper_kept, copied_bytes), TEXT(shyper_kept, profile));

STRUCT(shyper_daemon_status, NUMBER(shyper_daemon_status, pid),
       NUMBER(shyper_daemon_status, clients), NUMBER(shyper_daemon_status, vms),
       NUMBER(shyper_daemon_status, jobs), NUMBER(shyper_daemon_status, resident_bytes),
       NUMBER(shyper_daemon_status, kept_bytes), NUMBER(shyper_daemon_status, refused),
       NUMBER(shyper_daemon_status, log_lost));

const struct wire_op wire_ops[] = {
    { "system-info",   WIRE_SYSTEM, WIRE_STRUCT, SHYPER_IOC_SYSTEM_INFO, &shyper_system_info_type },
    { "system-log",    WIRE_SYSTEM, WIRE_READ,   SHYPER_IOC_SYSTEM_LOG, NULL },
    { "log-level",     WIRE_SYSTEM, WIRE_LEVEL,  SHYPER_IOC_LOG_LEVEL, NULL },
    { "next",          WIRE_SYSTEM, WIRE_ID,     SHYPER_IOC_VM_NEXT, NULL },
    { "open",          WIRE_SYSTEM, WIRE_ID,     SHYPER_IOC_VM_OPEN, NULL },
    { "events",        WIRE_SYSTEM, WIRE_PLAIN,  SHYPER_IOC_EVENTS, NULL },
    { "self",          WIRE_SYSTEM, WIRE_PLAIN,  SHYPER_IOC_SELF, NULL },
    { "shutdown",      WIRE_SYSTEM, WIRE_PLAIN,  SHYPER_IOC_SHUTDOWN, NULL },
    { "reboot",        WIRE_SYSTEM, WIRE_PLAIN,  SHYPER_IOC_REBOOT, NULL },
    { "config",        WIRE_SYSTEM, WIRE_CONFIG, 0, NULL },
    { "status",        WIRE_SYSTEM, WIRE_STRUCT, 0, &shyper_daemon_status_type },
    { "info",          WIRE_VM,     WIRE_STRUCT, SHYPER_IOC_INFO, &shyper_vm_info_type },
    { "stat",          WIRE_VM,     WIRE_STRUCT, SHYPER_IOC_STAT, &shyper_vm_stat_type },
    { "fault",         WIRE_VM,     WIRE_STRUCT, SHYPER_IOC_FAULT, &shyper_vm_fault_type },
    { "kept",          WIRE_VM,     WIRE_STRUCT, 0, &shyper_kept_type },
    { "log",           WIRE_VM,     WIRE_READ,   SHYPER_IOC_LOG, NULL },
    { "console-read",  WIRE_VM,     WIRE_READ,   SHYPER_IOC_CONSOLE_READ, NULL },
    { "console-write", WIRE_VM,     WIRE_WRITE,  SHYPER_IOC_CONSOLE_WRITE, NULL },
    { "start",         WIRE_VM,     WIRE_PLAIN,  0, NULL },
    { "stop",          WIRE_VM,     WIRE_PLAIN,  SHYPER_IOC_STOP, NULL },
    { "pause",         WIRE_VM,     WIRE_PLAIN,  SHYPER_IOC_PAUSE, NULL },
    { "resume",        WIRE_VM,     WIRE_PLAIN,  SHYPER_IOC_RESUME, NULL },
    { "remove",        WIRE_VM,     WIRE_PLAIN,  SHYPER_IOC_REMOVE, NULL },
    { "delconfig",     WIRE_VM,     WIRE_PLAIN,  0, NULL },
    { 0 },
};

const struct wire_op *wire_op_named(const char *name)
{
    for (const struct wire_op *op = wire_ops; op->name != NULL; op++) {
        if (strcmp(op->name, name) == 0) { return op; }
    }
    return NULL;
}

const struct wire_op *wire_op_of_ioctl(unsigned long request)
{
    for (const struct wire_op *op = wire_ops; op->name != NULL; op++) {
        if (op->ioctl == request && request != 0) { return op; }
    }
    return NULL;
}

json_t *wire_from_text(const char *text, size_t bytes)
{
    char *utf8 = malloc(2 * bytes + 1);
    size_t at = 0;
    json_t *made;

    if (utf8 == NULL) { return NULL; }
    for (size_t i = 0; i < bytes; i++) {
        uint8_t c = (uint8_t)text[i];

        if (c >= 0x80) { utf8[at++] = (char)(0xc0 | c >> 6); }
        utf8[at++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    made = json_stringn_nocheck(utf8, at);
    free(utf8);
    return made;
}

ssize_t wire_to_text(const json_t *from, char *text, size_t room)
{
    const uint8_t *utf8 = (const uint8_t *)json_string_value(from);
    size_t length = json_string_length(from), bytes = 0;

    if (utf8 == NULL) { return -1; }
    for (size_t i = 0; i < length; i++) {
        uint8_t c = utf8[i];

        if (bytes == room || c > 0xc3) { return -1; }
        if (c >= 0x80) { c = (uint8_t)(c << 6 | (utf8[++i] & 0x3f)); }
        text[bytes++] = (char)c;
    }
    return (ssize_t)bytes;
}

static uint64_t number_at(const char *at, size_t size)
{
    uint64_t v = 0;

    memcpy(&v, at, size);       /* little endian, as all our machines are */
    return v;
}

static json_t *field_from(const struct wire_field *f, const char *at)
{
    json_t *list;

    if (f->size == 1) { return wire_from_text(at, strnlen(at, f->count)); }
    if (f->count == 1) { return json_integer((json_int_t)number_at(at, f->size)); }
    list = json_array();
    for (size_t i = 0; i < f->count; i++) {
        if (json_array_append_new(list, json_integer((json_int_t)number_at(at + i * f->size,
                                                                           f->size))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *wire_from_struct(const struct wire_struct *type, const void *from)
{
    json_t *made = json_object();

    for (const struct wire_field *f = type->fields; f->name != NULL; f++) {
        if (json_object_set_new(made, f->name, field_from(f, (const char *)from + f->at)) != 0) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

static bool number_to(const json_t *from, char *at, size_t size)
{
    uint64_t v = (uint64_t)json_integer_value(from);

    if (!json_is_integer(from) || (size < sizeof(v) && v >> (8 * size) != 0)) { return false; }
    memcpy(at, &v, size);
    return true;
}

static bool field_to(const struct wire_field *f, const json_t *from, char *at)
{
    if (f->size == 1) { return wire_to_text(from, at, f->count - 1) >= 0; }
    if (f->count == 1) { return number_to(from, at, f->size); }
    if (json_array_size(from) != f->count) { return false; }
    for (size_t i = 0; i < f->count; i++) {
        if (!number_to(json_array_get(from, i), at + i * f->size, f->size)) { return false; }
    }
    return true;
}

bool wire_to_struct(const struct wire_struct *type, const json_t *from, void *to)
{
    memset(to, 0, type->bytes);
    for (const struct wire_field *f = type->fields; f->name != NULL; f++) {
        if (!field_to(f, json_object_get(from, f->name), (char *)to + f->at)) { return false; }
    }
    return true;
}

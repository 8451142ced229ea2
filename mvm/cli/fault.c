/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/cli/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mvm/cli/guest_ram.h"
#include "mvm/cli/symbols.h"
#include "mvm/libshyper/shyper.h"

#define CALLS_MAX 32

struct report {
    struct shyper_vm_fault fault;
    struct symbols *symbols;  /* NULL: nobody knows names */
    uint64_t call[CALLS_MAX]; /* where the faulting function returns to, and so on */
    unsigned calls;
};

/* 0: there was no fault, or *out has to be closed; else a negative errno. */
static int report_open(const struct target *t, struct report *out, bool *found)
{
    struct guest_ram ram;
    int ret;

    *out = (struct report){ 0 };
    ret = shyper_vm_fault(t->vm, &out->fault);
    *found = ret == 0;
    if (ret < 0) {
        return ret == -ENOENT ? 0 : ret;
    }
    out->symbols = target_symbols(t);
    if (guest_ram_open(t->vm, &ram) == 0) {
        out->calls = guest_backtrace(&ram, &out->fault, out->call, CALLS_MAX);
        guest_ram_close(&ram);
    }
    return 0;
}

static const char *name_at(const struct report *r, uint64_t address, char to[WORDS])
{
    return r->symbols != NULL && symbols_find(r->symbols, address, to, WORDS) ? to : "";
}

static void place_print(const struct report *r, const char *what, uint64_t address)
{
    char name[WORDS];

    printf("  %-6s %016" PRIx64 "%s%s\n", what, address, *name_at(r, address, name) ? "  " : "",
           name_at(r, address, name));
}

static void report_print(const struct report *r)
{
    const struct shyper_vm_fault *f = &r->fault;
    char words[WORDS];

    printf("first fault: %s", fault_name(f->kind));
    if (f->kind == SHYPER_FAULT_READ || f->kind == SHYPER_FAULT_WRITE ||
        f->kind == SHYPER_FAULT_FETCH) {
        printf(" at %016" PRIx64 ", guest-physical %" PRIx64, f->address, f->ipa);
    }
    printf("\n  vCPU %" PRIu32 " at EL%" PRIu32 ", %s after the machine's start, syndrome %" PRIx64
           " (class %02" PRIx64 ")\n",
           f->vcpu, f->exception_level, time_words(f->uptime_ns, words), f->syndrome,
           f->syndrome >> 26 & 0x3f);
    place_print(r, "pc", f->pc);
    place_print(r, "lr", f->x[30]);
    printf("  sp     %016" PRIx64 "  pstate %" PRIx64 "\n", f->sp, f->pstate);
    for (unsigned i = 0; i < 31; i++) {
        printf("%s%-3u %016" PRIx64 "%s", i % 4 == 0 ? "  x" : " x", i, f->x[i],
               i % 4 == 3 || i == 30 ? "\n" : "");
    }
    for (unsigned i = 0; i < r->calls; i++) {
        place_print(r, i == 0 ? "calls" : "", r->call[i]);
    }
    printf("  %" PRIu64 " fault%s since the VM's start\n", f->count, f->count == 1 ? "" : "s");
}

int fault_print(const struct target *t)
{
    struct report r;
    bool found;
    int ret = report_open(t, &r, &found);

    if (found) {
        report_print(&r);
        symbols_close(r.symbols);
    }
    return ret;
}

/* Addresses do not fit the integers of JSON's usual readers. */
static json_t *number_json(uint64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

static json_t *place_json(const struct report *r, uint64_t address)
{
    char name[WORDS];
    const char *found = name_at(r, address, name);

    return json_pack("{s:o, s:s?}", "pc", number_json(address), "symbol",
                     *found != 0 ? found : NULL);
}

static json_t *report_json(const struct report *r)
{
    const struct shyper_vm_fault *f = &r->fault;
    json_t *registers = json_array(), *calls = json_array();

    for (unsigned i = 0; i < 31; i++) {
        json_array_append_new(registers, number_json(f->x[i]));
    }
    json_array_append_new(calls, place_json(r, f->pc));
    for (unsigned i = 0; i < r->calls; i++) {
        json_array_append_new(calls, place_json(r, r->call[i]));
    }
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                     fault_name(f->kind), "vcpu", (json_int_t)f->vcpu, "exception_level",
                     (json_int_t)f->exception_level, "uptime_ns", (json_int_t)f->uptime_ns, "count",
                     (json_int_t)f->count, "syndrome", number_json(f->syndrome), "address",
                     number_json(f->address), "ipa", number_json(f->ipa), "pc", number_json(f->pc),
                     "sp", number_json(f->sp), "pstate", number_json(f->pstate), "registers",
                     registers, "backtrace", calls);
}

int fault_json(const struct target *t, json_t **out)
{
    struct report r;
    bool found;
    int ret = report_open(t, &r, &found);

    if (ret < 0) {
        return ret;
    }
    *out = found ? report_json(&r) : json_null();
    if (found) {
        symbols_close(r.symbols);
    }
    return *out != NULL ? 0 : -ENOMEM;
}

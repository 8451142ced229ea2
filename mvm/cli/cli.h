/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the CLI share: the command table, a parsed request, and how results and
 * failures leave the program. Data goes to stdout, talk to stderr. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "abi/vm.h"
#include "lib/compiler.h"

/* Exit statuses; `shyper --help` lists them. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,            /* refused, or it went wrong on the way */
    EXIT_USAGE = 2,             /* the command line makes no sense */
    EXIT_NO_VM = 3,             /* no VM of that id or name */
    EXIT_NO_SHYPER = 4,         /* no /dev/shyper: not under Shyper, or its module is not loaded */
};

enum {
    OPTION_OUTPUT  = 1 << 0,    /* -o table|json */
    OPTION_FORCE   = 1 << 1,    /* -f */
    OPTION_UNTIL   = 1 << 2,    /* --until TEXT */
    OPTION_TIMEOUT = 1 << 3,    /* --timeout SECONDS */
};

struct request;

struct command {
    const char *group, *name;
    const char *operand;        /* as shown in the help; NULL: none. An operand is never optional */
    unsigned options;           /* OPTION_*; -h is always there */
    const char *brief;          /* one line */
    const char *detail;         /* what else there is to know; may be "" */
    int (*run)(const struct request *);
};

struct request {
    const struct command *command;
    const char *operand;
    bool json, force;
    const char *until;
    int64_t timeout_ms;         /* negative: none */
};

/** The table everything is driven by; ends with an entry without a name. */
extern const struct command commands[];

/* --- args.c ----------------------------------------------------------------------------------- */

enum parsed {
    PARSED_RUN,                 /* *out is complete */
    PARSED_HELP,                /* *group may be NULL; out->command may be NULL */
    PARSED_VERSION,
    PARSED_BAD,                 /* `why` says what is wrong */
};

enum parsed args_parse(int argc, char **argv, struct request *out, const char **group, char *why,
                       size_t why_size);

/* --- help.c ----------------------------------------------------------------------------------- */

void help_print(const char *group, const struct command *command);

/* --- out.c ------------------------------------------------------------------------------------ */

/** "shyper: ..." on stderr; returns `status`, for `return failed(...)`. */
int failed(int status, const char *format, ...) printf_like(2, 3);
void note(const char *format, ...) printf_like(1, 2);

struct json_t;
/** Print and release a JSON value (NULL: memory was short). Returns an exit status. */
int out_json(struct json_t *value);

/** Both in one object, which takes them over. NULL when one of them is, or memory was short. */
struct json_t *json_merge(struct json_t *a, struct json_t *b);

#define TABLE_COLUMNS 9
/** Rows of cells, the first row being the headings; columns as wide as needed. The strings are
 * copied. */
struct table {
    unsigned columns, rows;
    char (*cell)[TABLE_COLUMNS][64];
};

int table_add(struct table *t, unsigned columns, const char *const cells[]) must_check;
/** Print it and give it back. */
void table_print(struct table *t);
void table_free(struct table *t);

/* --- words.c: numbers as people write them; each fills `to` and returns it -------------------- */

#define WORDS 64

const char *type_words(uint32_t type, char to[WORDS]);
const char *state_words(const struct shyper_vm_info *info, char to[WORDS]);
const char *state_name(uint32_t state);
const char *reason_name(uint32_t reason);
const char *exit_name(unsigned kind);
const char *class_name(uint32_t class);
const char *restart_name(uint32_t policy);
const char *fault_name(uint32_t kind);
const char *level_name(uint32_t level);
/** "fair 100", "realtime 7: 2000/10000 us", "exclusive". */
const char *class_words(const struct shyper_vm_info *info, char to[WORDS]);
const char *bytes_words(uint64_t bytes, char to[WORDS]);
const char *time_words(uint64_t ns, char to[WORDS]);
const char *cpus_words(uint64_t bitmap, char to[WORDS]);

/* --- target.c --------------------------------------------------------------------------------- */

/** A VM somebody named, open. */
struct target {
    int sys, vm;
    struct shyper_vm_info info;
};

/** The daemon, or else /dev/shyper. Returns 0 or an exit status, having said why. */
int system_open(int *sys) must_check;
/** The same, but never the daemon. */
int device_open(int *sys) must_check;
/** The same and the VM called `who`, by id or name. On failure nothing stays open. */
int target_open(const char *who, struct target *out) must_check;
void target_close(const struct target *t);
/** Call `visit` for every VM, in order of id, until it returns non-zero; returns that. */
int vms_visit(int sys, int (*visit)(const struct shyper_vm_info *, int vm, void *),
              void *context) must_check;
/** Say that `verb` was refused and why; returns an exit status. */
int refuse(const char *verb, const struct shyper_vm_info *info, int error);
/** The symbols its profile names, or NULL; says why when they cannot be read. */
struct symbols *target_symbols(const struct target *t);
/** Print "ID NAME STATE" as it is now; returns an exit status. */
int state_print(const struct target *t, const struct request *r);

/* --- list.c ----------------------------------------------------------------------------------- */

/** A VM as `vm list -o json` shows it. */
struct json_t *vm_json(const struct shyper_vm_info *info);

/* --- the commands ----------------------------------------------------------------------------- */

int vm_list(const struct request *r);
int vm_config(const struct request *r);
int vm_boot(const struct request *r);
int vm_stop(const struct request *r);
int vm_pause(const struct request *r);
int vm_resume(const struct request *r);
int vm_reboot(const struct request *r);
int vm_remove(const struct request *r);
int vm_console(const struct request *r);
int vm_log(const struct request *r);
int vm_stat(const struct request *r);
int vm_getvmid(const struct request *r);
int vm_getdefconfig(const struct request *r);
int vm_delconfig(const struct request *r);
int system_info(const struct request *r);
int system_log(const struct request *r);
int system_loglevel(const struct request *r);
int system_reboot(const struct request *r);
int system_shutdown(const struct request *r);
int system_daemon(const struct request *r);

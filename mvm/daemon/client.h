/* SPDX-License-Identifier: Apache-2.0 */
/* Connections. What one may cost is bounded: one request of at most WIRE_LINE_MAX bytes with at most
 * WIRE_FILES_MAX files, one answer of at most WIRE_ANSWER_MAX; client_patience_ms for a request to
 * come whole, and for an answer to be taken. The next request is read after the answer has gone. Who breaks a rule
 * is told and dropped; the others notice nothing. */
#pragma once

#include <jansson.h>
#include <poll.h>
#include <sys/types.h>

#include "mvm/daemon/ask.h"
#include "mvm/daemon/vms.h"

#define CLIENTS_MAX      64
#define CLIENTS_PER_USER 32     /* not root */

enum client_stage {
    CLIENT_READS,               /* a request is to come, or an answer to go */
    CLIENT_WAITS,               /* `ask` waits for its turn */
    CLIENT_WORKS,               /* a job does it */
};

struct client {
    struct client *next;
    int fd;
    uid_t uid;
    pid_t pid;
    uint64_t serial;
    enum client_stage stage;
    bool dead;                  /* to be freed */
    bool closing;               /* once its answer has gone */
    bool is_vm;                 /* stands for one VM, which is NULL when gone; else for the system */
    bool listens, armed;        /* wants to hear of events; has not been told since it last asked */
    struct vm *vm;
    uint32_t events;
    int64_t deadline_ms;        /* negative: none */
    unsigned file_count;
    int files[WIRE_FILES_MAX];
    struct ask ask;
    size_t in_bytes, out_bytes, out_done;
    char *out;
    char in[WIRE_LINE_MAX];
};

extern struct client *clients;
extern int client_patience_ms;

unsigned clients_count(void);
/** Take a connection, or tell it why not. */
void client_accept(int listener);
/** What poll() has to look for. */
short client_events(const struct client *c);
void client_ready(struct client *c, short events);
/** Drop those that are too slow, free those that are dead, wake those that listen. */
void clients_tidy(void);
/** The earliest deadline; negative: none. */
int64_t clients_deadline_ms(void);

/** Something happened (SHYPER_EVENT_*). */
void clients_tell(uint32_t events);
/** This VM is gone. */
void clients_lose(const struct vm *vm);
struct client *client_with(uint64_t serial);

/** The answer to its request. Takes `answer` over. */
void client_answer(struct client *c, json_t *answer);
void client_value(struct client *c, uint32_t value);
/** error: a negative errno; message may be "". */
void client_refuse(struct client *c, int error, const char *message);

void config_close(const struct shyper_config *config);
/** The files of its request were handed on, or are not needed. */
void client_files_forget(struct client *c);
void client_files_close(struct client *c);

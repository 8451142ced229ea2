/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's protocol, for both of its ends. A Unix stream socket carries lines of JSON: one
 * request, one answer, then the next request.
 *
 *     {"op": "info"}                           {"data": {"id": 1, "name": "hello", ...}}
 *     {"op": "open", "id": 7}                  {"error": 2, "message": "there is no VM 7"}
 *
 * A connection is what a file descriptor of /dev/shyper is: at first the system, and from a
 * successful "open" on one VM. An operation that stands for an ioctl has its arguments and its
 * result. Bytes of a text (a console, a log) are the characters U+0000 to U+00FF. Open files travel
 * beside "config" (SCM_RIGHTS): the client's rights open them, never the daemon's.
 *
 * After "events" the daemon may send the line {"event": true} at any time between an answer and the
 * next one: there is something new, and "events" tells what. */
#pragma once

#include <jansson.h>

#include "abi/ioctl.h"
#include "lib/compiler.h"

#define WIRE_SOCKET      "socket"           /* in kept_folder */
#define WIRE_LINE_MAX    16384u             /* bytes of a request, its newline included */
#define WIRE_ANSWER_MAX  65536u             /* of an answer */
#define WIRE_TYPED_MAX   2048u              /* bytes of text in a request */
#define WIRE_SHOWN_MAX   8192u              /* in an answer; each may take six bytes of JSON */
#define WIRE_FILES_MAX   8u                 /* open files beside a request */
#define WIRE_EVENT       "{\"event\": true}\n"

/** One field of a structure: a number, a text (size 1), or `count` numbers. */
struct wire_field {
    const char *name;
    size_t at, size, count;
};

struct wire_struct {
    size_t bytes;
    const struct wire_field *fields;    /* ends with one without a name */
};

enum wire_shape {
    WIRE_PLAIN,                 /* no argument; the result is a number */
    WIRE_ID,                    /* a VM id; a number */
    WIRE_LEVEL,                 /* of the log; the level before */
    WIRE_STRUCT,                /* none; a structure */
    WIRE_READ,                  /* cursor, bytes; text, cursor, lost */
    WIRE_WRITE,                 /* text; how many bytes were taken */
    WIRE_CONFIG,                /* name, profile, loads and their files; the new VM's id */
};

enum wire_target { WIRE_SYSTEM, WIRE_VM };

struct wire_op {
    const char *name;
    enum wire_target target;
    enum wire_shape shape;
    unsigned long ioctl;        /* the same on /dev/shyper; 0: only the daemon has it */
    const struct wire_struct *data;
};

#define WIRE_NUMBER(s, f) { #f, offsetof(struct s, f), sizeof(((struct s *)0)->f), 1 }
#define WIRE_ARRAY(s, f)                                           \
    { #f, offsetof(struct s, f), sizeof(((struct s *)0)->f[0]),    \
      ARRAY_LEN(((struct s *)0)->f) }

/** All operations; ends with one without a name. */
extern const struct wire_op wire_ops[];

const struct wire_op *wire_op_named(const char *name);
const struct wire_op *wire_op_of_ioctl(unsigned long request);

/** New references; NULL when memory is short. */
json_t *wire_from_struct(const struct wire_struct *type, const void *from);
json_t *wire_from_text(const char *text, size_t bytes);

/** False when something is missing, of another type or too large; *to is then incomplete. */
bool wire_to_struct(const struct wire_struct *type, const json_t *from, void *to) must_check;
/** Returns the bytes written to `text`, or -1. */
ssize_t wire_to_text(const json_t *from, char *text, size_t room) must_check;

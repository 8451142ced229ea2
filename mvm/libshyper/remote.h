/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of the daemon's protocol (wire.h). Internal to libshyper. */
#pragma once

#include <jansson.h>

#include "lib/compiler.h"

/** Is this handle a connection to the daemon? Else it is /dev/shyper. */
bool remote_is(int fd);

/** A connection. ENOENT, ECONNREFUSED: there is no daemon; EACCES: it is not for this user. */
int remote_open(void) must_check;

/**
 * One request and its answer. Takes `request` over (NULL: memory was short); `files` stay the
 * caller's. *answer may be NULL; else it is the caller's when 0 is returned. An error of the
 * daemon's is returned as it is, with its words in shyper_message().
 */
int remote_call(int fd, json_t *request, const int *files, unsigned count,
                json_t **answer) must_check;

/** An ioctl of abi/ioctl.h done by the daemon. ENOTTY: it does not do this one. */
int remote_ioctl(int fd, unsigned long request, void *arg) must_check;

/** The operation `name` without arguments; returns the number answered, or what was answered in
 * *data. */
int remote_plain(int fd, const char *name) must_check;
int remote_struct(int fd, const char *name, void *data) must_check;

/** For shyper_message(). */
void message_set(const char *format, ...) printf_like(1, 2);

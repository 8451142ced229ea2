/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/unit/mvm/fake/run.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mvm/cli/cli.h"

char run_out[RUN_TEXT], run_err[RUN_TEXT];

/* Put a memory file in the place of fd; returns what was there. */
static int replace(int fd, const char *text)
{
    int kept = dup(fd), file = memfd_create("text", 0);

    if (write(file, text, strlen(text)) < 0 || lseek(file, 0, SEEK_SET) < 0) {
        perror("run");
    }
    dup2(file, fd);
    close(file);
    return kept;
}

static void give_back(int fd, int kept, char *text)
{
    ssize_t got = pread(fd, text, RUN_TEXT - 1, 0);

    text[got > 0 ? got : 0] = 0;
    dup2(kept, fd);
    close(kept);
}

static int request_run(const char *line)
{
    static char copy[512], why[256];
    char *argv[16] = { (char[]){ "shyper" } };
    struct request request;
    const char *group;
    int argc = 1;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    if (args_parse(argc, argv, &request, &group, why, sizeof(why)) != PARSED_RUN) {
        return failed(EXIT_USAGE, "%s", why);
    }
    return request.command->run(&request);
}

int run(const char *line, const char *input)
{
    char ignored[RUN_TEXT];
    int kept_in, kept_out, kept_err, status;

    fflush(stdout);
    fflush(stderr);
    kept_in = replace(0, input);
    kept_out = replace(1, "");
    kept_err = replace(2, "");
    status = request_run(line);
    fflush(stdout);
    fflush(stderr);
    give_back(2, kept_err, run_err);
    give_back(1, kept_out, run_out);
    give_back(0, kept_in, ignored);
    return status;
}

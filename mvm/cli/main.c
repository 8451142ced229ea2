/* SPDX-License-Identifier: Apache-2.0 */
/* shyper, the command of the management VM. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "mvm/cli/cli.h"

/* A descriptor below 3 that is closed would be given to /dev/shyper. What takes its place fails. */
static void standard_files(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) {
            exit(EXIT_FAILED);
        }
    }
}

/* A result nobody could be given is no success. */
static int output_done(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return failed(status != 0 ? status : EXIT_FAILED, "cannot write to standard output: %s",
                      strerror(errno));
    }
    return status;
}

int main(int argc, char **argv)
{
    struct request request;
    const char *group;
    char why[256];

    standard_files();
    switch (args_parse(argc, argv, &request, &group, why, sizeof(why))) {
    case PARSED_HELP:
        help_print(group, request.command);
        return output_done(EXIT_OK);
    case PARSED_VERSION:
        printf("shyper %s (ABI %d.%d)\n", SHYPER_VERSION, SHYPER_ABI_MAJOR, SHYPER_ABI_MINOR);
        return output_done(EXIT_OK);
    case PARSED_RUN:
        return output_done(request.command->run(&request));
    default:
        if (request.command != NULL) {
            return failed(EXIT_USAGE, "%s; see: shyper %s %s --help", why, request.command->group,
                          request.command->name);
        }
        return failed(EXIT_USAGE, "%s; see: shyper --help", why);
    }
}

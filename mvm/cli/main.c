/* SPDX-License-Identifier: Apache-2.0 */
/* shyper, the command of the management VM. */
#include "mvm/cli/cli.h"

int main(int argc, char **argv)
{
    struct request request;
    const char *group;
    char why[256];

    switch (args_parse(argc, argv, &request, &group, why, sizeof(why))) {
    case PARSED_HELP:
        help_print(group, request.command);
        return EXIT_OK;
    case PARSED_VERSION:
        printf("shyper %s (ABI %d.%d)\n", SHYPER_VERSION, SHYPER_ABI_MAJOR, SHYPER_ABI_MINOR);
        return EXIT_OK;
    case PARSED_RUN:
        return request.command->run(&request);
    default:
        return failed(EXIT_USAGE, "%s; `shyper --help` lists all, `shyper GROUP COMMAND --help` explains one", why);
    }
}

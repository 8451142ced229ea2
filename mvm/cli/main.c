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
        if (request.command != NULL) {
            return failed(EXIT_USAGE, "%s; see: shyper %s %s --help", why, request.command->group,
                          request.command->name);
        }
        return failed(EXIT_USAGE, "%s; see: shyper --help", why);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Help, from the command table: all, one group, or one command. */
#include <string.h>

#include "mvm/cli/cli.h"

static const struct {
    unsigned bit;
    const char *usage, *text;
} option_help[] = {
    { OPTION_OUTPUT, "-o table|json", "how to print the result (--output)" },
    { OPTION_FORCE, "-f", "without asking (--force)" },
    { OPTION_UNTIL, "--until TEXT", "end when this has been shown; status 1 if it never is" },
    { OPTION_TIMEOUT, "--timeout SECONDS", "end after this time" },
};

static void command_help(const struct command *c)
{
    printf("Usage: shyper %s %s", c->group, c->name);
    for (size_t i = 0; i < ARRAY_LEN(option_help); i++) {
        if ((c->options & option_help[i].bit) != 0) {
            printf(" [%s]", option_help[i].usage);
        }
    }
    printf("%s%s\n\n%s %s: %s.\n", c->operand != NULL ? " " : "",
           c->operand != NULL ? c->operand : "", c->group, c->name, c->brief);
    if (c->detail[0] != 0) {
        printf("%s\n", c->detail);
    }
    if (c->operand != NULL && strcmp(c->operand, "VM") == 0) {
        printf("VM is an id or a name, as `shyper vm list` shows them.\n");
    }
    for (size_t i = 0; i < ARRAY_LEN(option_help); i++) {
        if ((c->options & option_help[i].bit) != 0) {
            printf("\n  %-20s %s", option_help[i].usage, option_help[i].text);
        }
    }
    printf(c->options != 0 ? "\n" : "");
}

void help_print(const char *group, const struct command *command)
{
    if (command != NULL) {
        command_help(command);
        return;
    }
    printf("Usage: shyper %s COMMAND [OPTIONS] [ARGUMENT]\n\n",
           group != NULL ? group : "vm|system");
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (group == NULL || strcmp(c->group, group) == 0) {
            char usage[48];

            snprintf(usage, sizeof(usage), "%s %s %s", c->group, c->name,
                     c->operand != NULL ? c->operand : "");
            printf("  %-18s %s\n", usage, c->brief);
        }
    }
    printf("\nMore about one: shyper GROUP COMMAND --help. Version: shyper --version.\n"
           "Exit status: 0 done, 1 refused or failed, 2 wrong command line, 3 no such VM,\n"
           "4 not running under Shyper or its kernel module is not loaded.\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/cli/man/man.h"

#include <string.h>

#include "mvm/cli/cli.h"

static const char head[] =
    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
    ".\\\" Made from the command table by mvm/cli/man; see tests/unit/mvm/cli/test_man.c.\n"
    ".TH SHYPER 1\n"
    ".SH NAME\n"
    "shyper \\- make, run and watch virtual machines from the management VM\n"
    ".SH SYNOPSIS\n"
    ".B shyper\n"
    "GROUP COMMAND [OPTIONS] [ARGUMENT]\n"
    ".SH DESCRIPTION\n"
    "Asks the Shyper hypervisor through /dev/shyper, which the kernel module shyper.ko offers to "
    "root. A virtual machine is\n"
    "named by its id or its name. Results go to standard output, everything else to standard "
    "error.\n"
    ".SH COMMANDS\n";

static const char tail[] =
    ".SH OPTIONS\n"
    ".TP\n.BR \\-h \", \" \\-\\-help\nexplain all, a group or a command\n"
    ".TP\n.BR \\-V \", \" \\-\\-version\nshow the version of the command and of the interface it "
    "speaks\n"
    ".TP\n.BR \\-o \" table|json, \" \\-\\-output\nhow to print the result\n"
    ".TP\n.BR \\-f \", \" \\-\\-force\nwithout asking; see the commands\n"
    ".TP\n.BI \\-\\-until \" TEXT\"\nend when this has been shown\n"
    ".TP\n.BI \\-\\-timeout \" SECONDS\"\nend after this time\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\ndone\n"
    ".TP\n.B 1\nrefused, or it failed on the way\n"
    ".TP\n.B 2\nthe command line makes no sense\n"
    ".TP\n.B 3\nno virtual machine has this id or name\n"
    ".TP\n.B 4\nnot running under Shyper, or its kernel module is not loaded\n"
    ".TP\n.B 128+N\nvm console was ended by signal N\n"
    ".SH FILES\n"
    ".TP\n.I /run/shyper/ID/\n"
    "what a virtual machine was made of, for its next start\n"
    ".SH EXAMPLES\n"
    ".nf\n"
    "shyper vm config /etc/shyper/hello.json && shyper vm boot hello\n"
    "shyper vm console hello\n"
    "shyper vm list \\-o json\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR shyper\\-profile (5),\n.BR shyperd (8);\n"
    "docs/cli/schema has a JSON schema of the result of every command that takes \\-o.\n";

/* Dashes that are typed, and dots and quotes that begin a line, mean something else to the
 * formatter. */
static void text_print(const char *text, FILE *to)
{
    if (*text == '.' || *text == '\'') {
        fputs("\\&", to);
    }
    for (; *text != 0; text++) {
        if (*text == '-' || *text == '\\') {
            fputc('\\', to);
        }
        fputc(*text, to);
    }
}

void man_print(FILE *to)
{
    fputs(head, to);
    for (const struct command *c = commands; c->name != NULL; c++) {
        fprintf(to, ".TP\n.B %s %s", c->group, c->name);
        fprintf(to, "%s%s\n", c->operand != NULL ? " " : "", c->operand != NULL ? c->operand : "");
        text_print(c->brief, to);
        fputs(".\n", to);
        if (c->detail[0] != 0) {
            text_print(c->detail, to);
            fputc('\n', to);
        }
    }
    fputs(tail, to);
}

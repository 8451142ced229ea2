/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/cli/man/completion.h"

#include <string.h>

#include "mvm/cli/cli.h"

static const char head[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Completion of shyper(1) for bash: source it, or copy it to\n"
    "# /usr/share/bash-completion/completions/shyper. Made from the command table by mvm/cli/man;\n"
    "# see tests/unit/mvm/cli/test_man.c.\n"
    "_shyper()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local words=() choices= operand= options= i\n"
    "\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -o | --output | --until | --timeout) ((i++)) ;;\n"
    "        -*) ;;\n"
    "        *) words+=(\"${COMP_WORDS[i]}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    case $before in\n"
    "    -o | --output)\n"
    "        COMPREPLY=($(compgen -W 'table json' -- \"$word\"))\n"
    "        return ;;\n"
    "    --until | --timeout) return ;;\n"
    "    esac\n"
    "    case \"${words[*]:0:2}\" in\n";

static const char tail[] =
    "    esac\n"
    "    if [[ ${#words[@]} -gt 2 ]]; then\n"
    "        operand= choices=\n"
    "    fi\n"
    "    if [[ $word == -* ]]; then\n"
    "        choices=\"$options --help\"\n"
    "    elif [[ $operand == VM ]]; then\n"
    "        choices=$(shyper vm list 2>/dev/null | awk 'NR > 1 { print $2 }')\n"
    "    elif [[ $operand == LEVEL ]]; then\n"
    "        choices='error warn info debug'\n"
    "    elif [[ $operand == FILE ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n"
    "}\n"
    "complete -F _shyper shyper\n";

static bool group_is_new(const struct command *c)
{
    for (const struct command *before = commands; before < c; before++) {
        if (strcmp(before->group, c->group) == 0) {
            return false;
        }
    }
    return true;
}

static void groups_print(FILE *to)
{
    fprintf(to, "    '') choices='");
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (group_is_new(c)) {
            fprintf(to, "%s ", c->group);
        }
    }
    fprintf(to, "' options=--version ;;\n");
}

static void group_print(const struct command *first, FILE *to)
{
    fprintf(to, "    %s) choices='", first->group);
    for (const struct command *c = first; c->name != NULL; c++) {
        if (strcmp(c->group, first->group) == 0) {
            fprintf(to, "%s ", c->name);
        }
    }
    fprintf(to, "' ;;\n");
}

static void command_print(const struct command *c, FILE *to)
{
    static const struct {
        unsigned bit;
        const char *word;
    } options[] = {
        { OPTION_OUTPUT, "--output" },
        { OPTION_FORCE, "--force" },
        { OPTION_UNTIL, "--until" },
        { OPTION_TIMEOUT, "--timeout" },
    };

    fprintf(to, "    '%s %s') operand=%s options='", c->group, c->name,
            c->operand != NULL ? c->operand : "");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if ((c->options & options[i].bit) != 0) {
            fprintf(to, "%s ", options[i].word);
        }
    }
    fprintf(to, "' ;;\n");
}

void completion_print(FILE *to)
{
    fputs(head, to);
    groups_print(to);
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (group_is_new(c)) {
            group_print(c, to);
        }
    }
    for (const struct command *c = commands; c->name != NULL; c++) {
        command_print(c, to);
    }
    fputs(tail, to);
}

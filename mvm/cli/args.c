/* SPDX-License-Identifier: Apache-2.0 */
/* The command line against the command table. Options may stand anywhere; "--" ends them. Nothing
 * is done here but understanding: no file is touched, nothing is printed. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mvm/cli/cli.h"

struct option_name {
    unsigned bit;
    const char *letter, *word;
    bool has_value;
};

enum { OPTION_HELP = 1 << 30, OPTION_VERSION = 1 << 29 };

static const struct option_name option_names[] = {
    { OPTION_OUTPUT,  "-o", "--output",  true },
    { OPTION_FORCE,   "-f", "--force",   false },
    { OPTION_UNTIL,   "",   "--until",   true },
    { OPTION_TIMEOUT, "",   "--timeout", true },
    { OPTION_HELP,    "-h", "--help",    false },
    { OPTION_VERSION, "-V", "--version", false },
};

/* What the words seen so far amount to. */
struct reading {
    const char *words[3];       /* group, command, operand */
    unsigned word_count;
    unsigned options;
    struct request *out;
    char *why;
    size_t why_size;
};

printf_like(2, 3)
static bool bad(struct reading *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->why, r->why_size, format, args);
    va_end(args);
    return false;
}

static bool value_take(struct reading *r, unsigned bit, const char *value)
{
    char *end;

    switch (bit) {
    case OPTION_OUTPUT:
        r->out->json = strcmp(value, "json") == 0;
        return r->out->json || strcmp(value, "table") == 0 ||
               bad(r, "-o %s: say json or table", value);
    case OPTION_UNTIL:
        r->out->until = value;
        return *value != 0 || bad(r, "--until: the text is empty");
    default:
        errno = 0;
        double seconds = strtod(value, &end);
        if (end == value || *end != 0 || errno != 0 || !(seconds >= 0 && seconds < 1e9)) {
            return bad(r, "--timeout %s: say a number of seconds", value);
        }
        r->out->timeout_ms = (int64_t)(seconds * 1000);
        return true;
    }
}

/* argv[*at] is an option; *at moves on to its value where that is a word of its own. */
static bool option_take(struct reading *r, int argc, char **argv, int *at)
{
    const char *arg = argv[*at], *equals = strchr(arg, '=');
    size_t length = equals != NULL && arg[1] == '-' ? (size_t)(equals - arg) : strlen(arg);

    for (size_t i = 0; i < ARRAY_LEN(option_names); i++) {
        const struct option_name *name = &option_names[i];
        bool is_word = strlen(name->word) == length && strncmp(arg, name->word, length) == 0;

        if (!is_word && strcmp(arg, name->letter) != 0) {
            continue;
        }
        r->options |= name->bit;
        if (!name->has_value) {
            return arg[length] == 0 || bad(r, "%s takes no value", name->word);
        }
        if (arg[length] == '=') {
            return value_take(r, name->bit, arg + length + 1);
        }
        if (++*at >= argc) {
            return bad(r, "%s needs a value", arg);
        }
        return value_take(r, name->bit, argv[*at]);
    }
    return bad(r, "unknown option %s", arg);
}

static bool group_exists(const char *group)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->group, group) == 0) {
            return true;
        }
    }
    return false;
}

static const struct command *command_find(const char *group, const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->group, group) == 0 && strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static bool options_fit(struct reading *r, const struct command *c)
{
    for (size_t i = 0; i < ARRAY_LEN(option_names); i++) {
        unsigned bit = option_names[i].bit;

        if ((r->options & bit) != 0 && (c->options & bit) == 0) {
            return bad(r, "`%s %s` does not take %s", c->group, c->name, option_names[i].word);
        }
    }
    return true;
}

/* The words name a command, or enough of one for help. */
static bool words_fit(struct reading *r)
{
    const struct command *c;

    if (r->word_count >= 1 && !group_exists(r->words[0])) {
        return bad(r, "unknown command group '%s'; there are vm and system", r->words[0]);
    }
    if (r->word_count >= 2) {
        c = r->out->command = command_find(r->words[0], r->words[1]);
        if (c == NULL) {
            return bad(r, "unknown command '%s %s'", r->words[0], r->words[1]);
        }
    }
    return true;
}

static bool request_complete(struct reading *r)
{
    const struct command *c = r->out->command;

    if (c == NULL) {
        return r->word_count == 0 ? bad(r, "say what to do")
                                  : bad(r, "say what to do: %s COMMAND", r->words[0]);
    }
    if (!options_fit(r, c)) {
        return false;
    }
    if (c->operand == NULL && r->word_count > 2) {
        return bad(r, "`%s %s` takes no argument, got '%s'", c->group, c->name, r->words[2]);
    }
    if (c->operand != NULL && r->word_count < 3) {
        return bad(r, "`%s %s` needs %s", c->group, c->name, c->operand);
    }
    r->out->operand = r->words[2];
    r->out->force = (r->options & OPTION_FORCE) != 0;
    return true;
}

enum parsed args_parse(int argc, char **argv, struct request *out, const char **group, char *why,
                       size_t why_size)
{
    struct reading r = { .out = out, .why = why, .why_size = why_size };
    bool options_over = false;

    *out = (struct request){ .timeout_ms = -1 };
    *group = NULL;
    why[0] = 0;
    for (int at = 1; at < argc; at++) {
        const char *arg = argv[at];

        if (!options_over && strcmp(arg, "--") == 0) {
            options_over = true;
        } else if (!options_over && arg[0] == '-' && arg[1] != 0) {
            if (!option_take(&r, argc, argv, &at)) {
                return PARSED_BAD;
            }
        } else if (r.word_count == ARRAY_LEN(r.words)) {
            bad(&r, "'%s' is one argument too many", arg);
            return PARSED_BAD;
        } else {
            r.words[r.word_count++] = arg;
        }
    }
    if (!words_fit(&r)) {
        return PARSED_BAD;
    }
    *group = r.words[0];
    if ((r.options & OPTION_HELP) != 0) {
        return PARSED_HELP;
    }
    if ((r.options & OPTION_VERSION) != 0) {
        return PARSED_VERSION;
    }
    return request_complete(&r) ? PARSED_RUN : PARSED_BAD;
}

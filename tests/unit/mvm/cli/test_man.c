/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/man/man.c mvm/cli/man/completion.c mvm/cli/commands.c
// sources: tests/unit/mvm/fake/commands.c
/* docs/cli/shyper.1 and docs/cli/shyper.bash are what the command table gives. After a change of the
 * table write them anew by `UPDATE=1 build/unit/mvm/cli/test_man`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/man/completion.h"
#include "mvm/cli/man/man.h"

typedef void print_fn(FILE *to);

static char *made_by(print_fn *print)
{
    char *made = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&made, &bytes);

    print(memory);
    fclose(memory);
    return made;
}

static void is_in(print_fn *print, const char *name)
{
    char *made = made_by(print), committed[32768] = "";
    FILE *file;

    if (getenv("UPDATE") != NULL) {
        file = fopen(name, "w");
        assert_non_null(file);
        fputs(made, file);
        fclose(file);
    }
    file = fopen(name, "r");
    assert_non_null(file);
    assert_true(fread(committed, 1, sizeof(committed) - 1, file) > 0);
    fclose(file);
    if (strcmp(made, committed) != 0) {
        free(made);
        fail_msg("%s is old; UPDATE=1 build/unit/mvm/cli/test_man makes it anew", name);
    }
    free(made);
}

static void the_manual_page_is_what_the_table_says(void **state)
{
    is_in(man_print, "docs/cli/shyper.1");
}

static void the_completion_is_what_the_table_says(void **state)
{
    is_in(completion_print, "docs/cli/shyper.bash");
}

static void every_command_is_in_both(void **state)
{
    char *page = made_by(man_print), *completion = made_by(completion_print), line[64];

    for (const struct command *c = commands; c->name != NULL; c++) {
        snprintf(line, sizeof(line), "\n.B %s %s%s%s\n", c->group, c->name,
                 c->operand != NULL ? " " : "", c->operand != NULL ? c->operand : "");
        assert_non_null(strstr(page, line));
        snprintf(line, sizeof(line), "'%s %s') operand=%s ", c->group, c->name,
                 c->operand != NULL ? c->operand : "");
        assert_non_null(strstr(completion, line));
    }
    free(page);
    free(completion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_page_is_what_the_table_says),
        cmocka_unit_test(the_completion_is_what_the_table_says),
        cmocka_unit_test(every_command_is_in_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

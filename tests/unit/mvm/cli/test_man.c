/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/man/man.c mvm/cli/commands.c tests/unit/mvm/fake/commands.c
/* docs/cli/shyper.1 is what the command table gives. After a change of the table write it anew by
 * `UPDATE=1 build/unit/mvm/cli/test_man`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"
#include "mvm/cli/man/man.h"

#define PAGE_FILE "docs/cli/shyper.1"

static void the_manual_page_is_what_the_table_says(void **state)
{
    char *made = NULL, committed[16384] = "";
    size_t bytes = 0;
    FILE *memory = open_memstream(&made, &bytes), *file;

    man_print(memory);
    fclose(memory);
    if (getenv("UPDATE") != NULL) {
        file = fopen(PAGE_FILE, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(made, 1, bytes, file), bytes);
        fclose(file);
    }
    file = fopen(PAGE_FILE, "r");
    assert_non_null(file);
    assert_true(fread(committed, 1, sizeof(committed) - 1, file) > 0);
    fclose(file);
    assert_string_equal(made, committed);
    free(made);
}

static void every_command_is_in_it(void **state)
{
    char *made = NULL, line[64];
    size_t bytes = 0;
    FILE *memory = open_memstream(&made, &bytes);

    man_print(memory);
    fclose(memory);
    for (const struct command *c = commands; c->name != NULL; c++) {
        snprintf(line, sizeof(line), "\n.B %s %s%s%s\n", c->group, c->name,
                 c->operand != NULL ? " " : "", c->operand != NULL ? c->operand : "");
        assert_non_null(strstr(made, line));
    }
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_page_is_what_the_table_says),
        cmocka_unit_test(every_command_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

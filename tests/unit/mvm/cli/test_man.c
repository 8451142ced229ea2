/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/man/man.c mvm/cli/commands.c
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

#define STUB(name) int name(const struct request *r) { return 0; }
STUB(vm_list)
STUB(vm_config) STUB(vm_boot) STUB(vm_stop) STUB(vm_reboot) STUB(vm_remove) STUB(vm_console)
    STUB(vm_log) STUB(vm_stat) STUB(vm_getvmid) STUB(system_info) STUB(system_log)
        STUB(system_reboot) STUB(system_shutdown)

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

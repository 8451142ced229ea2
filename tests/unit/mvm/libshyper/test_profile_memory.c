/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/profile_files.c mvm/libshyper/number.c libfdt -ljansson
// sources: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup
/* Memory runs out at each allocation in turn, ours and jansson's: every time an error that says so,
 * and nothing leaked. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/mvm/libshyper/profile_try.h"
#include "tests/unit/mvm/libshyper/template.h"

static unsigned calls, fail_at; /* the fail_at-th allocation fails; 0: none */

static bool runs_out(void)
{
    return ++calls == fail_at;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *at, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *at, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t n)
{
    return runs_out() ? NULL : __real_malloc(n);
}
void *__wrap_calloc(size_t count, size_t n)
{
    return runs_out() ? NULL : __real_calloc(count, n);
}
void *__wrap_realloc(void *at, size_t n)
{
    return runs_out() ? NULL : __real_realloc(at, n);
}
char *__wrap_strdup(const char *s)
{
    return runs_out() ? NULL : __real_strdup(s);
}
char *__wrap_strndup(const char *s, size_t n)
{
    return runs_out() ? NULL : __real_strndup(s, n);
}

/* Everything a caller does with a profile. 0 or the first error. */
static int whole_life(const char *path, struct profile_errors *e)
{
    void *blob = NULL, *dtb = NULL;
    struct profile p;
    size_t bytes;
    int err = profile_load(path, &p, e);

    if (err == 0) { err = profile_blob(&p, true, &blob, &bytes, e); }
    if (err == 0) { err = profile_guest_dtb(&p, 3, &dtb, &bytes, e); }
    free(dtb);
    free(blob);
    profile_free(&p);
    return err;
}

static bool tells_the_cause(int err, const struct profile_errors *e)
{
    return err == -ENOMEM && strcmp(e->at[0].reason, "out of memory") == 0;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* regression: 54 */
static void every_allocation_may_fail(void **state)
{
    static const char json[] = "{\"name\": \"a\", \"kernel\": \"kernel.bin\", \"ramdisk\": "
                               "\"kernel.bin\", \"cpus\": 2, \"cmdline\": \"x\"}";
    char folder[] = "/tmp/shyper-memory-XXXXXX", path[64], kernel[64];
    unsigned n = 1, failures = 0;
    int err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.json", folder);
    (void)snprintf(kernel, sizeof kernel, "%s/kernel.bin", folder);
    write_text(path, json);
    write_text(kernel, "1234");

    for (;; n++) {
        struct profile_errors e = { 0 };

        calls = 0;
        fail_at = n;
        err = whole_life(path, &e);
        if (calls < n) {
            break;
        } /* the n-th allocation was never asked for: all have failed once */
        fail_at = 0;
        assert_true(n < 10000);
        if (err == 0) { fail_msg("allocation %u failed and nobody noticed", n); }
        if (!tells_the_cause(err, &e)) {
            profile_errors_print(&e, "got", stderr);
            fail_msg("allocation %u failed: error %d", n, err);
        }
        failures++;
    }
    fail_at = 0;
    assert_int_equal(err, 0);
    assert_true(failures > 20);
    (void)unlink(path);
    (void)unlink(kernel);
    (void)rmdir(folder);
}

static void template_parses_or_says_why(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct profile_errors e = { 0 };
        struct profile p;
        int err;

        calls = 0;
        fail_at = n;
        err = profile_parse(TEMPLATE, strlen(TEMPLATE), &p, &e);
        profile_free(&p);
        fail_at = 0;
        if (calls < n) {
            assert_int_equal(err, 0);
            break;
        }
        if (!tells_the_cause(err, &e)) {
            profile_errors_print(&e, "got", stderr);
            fail_msg("allocation %u failed: error %d", n, err);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(template_parses_or_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

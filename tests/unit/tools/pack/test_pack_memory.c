/* SPDX-License-Identifier: Apache-2.0 */
// sources: tools/pack/cpio.c tools/pack/pack.c tools/pack/list.c tools/pack/file.c lib/cpio.c lib/crc32.c
// sources: mvm/libshyper/profile_parse.c mvm/libshyper/profile_devices.c
// sources: mvm/libshyper/profile_sched.c
// sources: mvm/libshyper/profile_json.c mvm/libshyper/profile_errors.c
// sources: mvm/libshyper/profile_layout.c mvm/libshyper/profile_blob.c mvm/libshyper/guest_dt.c
// sources: mvm/libshyper/fdt_out.c
// sources: mvm/libshyper/profile_files.c mvm/libshyper/number.c libfdt -ljansson
// sources: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup
/* Memory runs out at each allocation of packing and listing in turn: an error, no bundle, nothing
 * leaked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tools/pack/pack.h"

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

/* The table that listing prints is not wanted here. */
static int list(const char *path, struct profile_errors *e)
{
    int out = dup(STDOUT_FILENO), err;

    (void)fflush(stdout);
    assert_non_null(freopen("/dev/null", "w", stdout));
    err = pack_list(path, e);
    (void)fflush(stdout);
    assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(out);
    return err;
}

static int pack_and_list(const char *json, const char *bundle, struct profile_errors *e)
{
    struct pack b = { 0 };
    struct profile p;
    int err = profile_load(json, &p, e);

    if (err == 0) { err = pack_add(&b, &p, e); }
    if (err == 0) { err = pack_write(&b, bundle, e); }
    if (err == 0) { err = list(bundle, e); }
    profile_free(&p);
    pack_free(&b);
    return err;
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
    char folder[] = "/tmp/shyper-packmem-XXXXXX", json[64], kernel[64], bundle[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(json, sizeof json, "%s/a.json", folder);
    (void)snprintf(kernel, sizeof kernel, "%s/kernel", folder);
    (void)snprintf(bundle, sizeof bundle, "%s/bundle", folder);
    write_text(json, "{\"name\": \"a\", \"kernel\": \"kernel\", \"ramdisk\": \"kernel\"}");
    write_text(kernel, "1234");
    for (unsigned n = 1;; n++) {
        struct profile_errors e = { 0 };
        int err;

        calls = 0;
        fail_at = n;
        err = pack_and_list(json, bundle, &e);
        fail_at = 0;
        if (calls < n) {
            assert_int_equal(err, 0);
            assert_true(n > 20);
            break;
        }
        if (err != -ENOMEM) {
            profile_errors_print(&e, "got", stderr);
            fail_msg("allocation %u failed: error %d", n, err);
        }
        assert_non_null(strstr(e.at[0].reason, "emory"));
    }
    (void)unlink(json);
    (void)unlink(kernel);
    (void)unlink(bundle);
    assert_int_equal(rmdir(folder), 0); /* nothing else is in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

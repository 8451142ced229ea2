/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/bundle.c lib/cpio.c lib/fdt_cursor.c lib/crc32.c
// sources: tests/unit/hypervisor/fake/archive.c tests/unit/hypervisor/fake/tree.c
// sources: tests/unit/hypervisor/fake/fake_crc32.c libfdt
/* The bundle reader: a good archive, every single-byte damage of it, every cut, and what must be
 * refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "hypervisor/core/bundle.h"
#include "lib/crc32.h"
#include "tests/unit/hypervisor/fake/archive.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define FILE_MODE 0100644u

/** The usual bundle: an MVM and one VM. */
static struct archive_file files[] = {
    { "shyper/mvm.dtb", FILE_MODE, "mvm profile", 11 },
    { "mvm/kernel", FILE_MODE, "kernel of the mvm", 17 },
    { "mvm/ramdisk", FILE_MODE, "", 0 },
    { "vm/one.dtb", FILE_MODE, "profile of one", 14 },
    { "vm/one/kernel", FILE_MODE, "k", 1 },
};
static const char *const one[] = { "vm/one.dtb" };

static struct archive usual(void)
{
    return archive_bundle(files, ARRAY_LEN(files), one, 1, 0x10000000);
}

static int open_it(struct bundle *b, const struct archive *a, const char **why)
{
    *why = NULL;
    return bundle_open(b, a->at, a->len, why);
}

static void expect_refusal(struct archive *a, const char *word)
{
    struct bundle b;
    const char *why;
    int got = open_it(&b, a, &why);

    if (got != -EINVAL || why == NULL || strstr(why, word) == NULL)
        fail_msg("wanted a refusal with \"%s\", got %d, %s", word, got, why == NULL ? "-" : why);
    archive_free(a);
}

static void members_are_found_in_place(void **state)
{
    struct archive a = usual();
    struct bundle b;
    const char *why;
    const struct bundle_member *m;

    assert_int_equal(open_it(&b, &a, &why), 0);
    assert_int_equal(b.count, 6);
    assert_int_equal(b.pool_bytes, 0x10000000);
    assert_int_equal(b.vm_count, 1);
    assert_string_equal(b.vm[0]->name, "vm/one.dtb");
    assert_string_equal(b.mvm->name, "shyper/mvm.dtb");
    m = bundle_find(&b, "mvm/kernel");
    assert_non_null(m);
    assert_int_equal(m->bytes, 17);
    assert_memory_equal(m->data, "kernel of the mvm", 17);
    assert_true((const uint8_t *)m->data >= a.at && (const uint8_t *)m->data < a.at + a.len);
    assert_int_equal(m->crc, crc32(0, m->data, m->bytes));
    assert_int_equal(bundle_find(&b, "mvm/ramdisk")->bytes, 0);
    assert_null(bundle_find(&b, "mvm/kerne"));
    assert_null(bundle_find(&b, SHYPER_BUNDLE_FILLER));
    archive_free(&a);
}

static void fillers_folders_and_padding_at_the_end_mean_nothing(void **state)
{
    struct archive_file more[ARRAY_LEN(files) + 3];
    struct archive a;
    struct bundle b;
    const char *why;

    more[0] = (struct archive_file){ "mvm", 0040755, "", 0 };
    more[1] = (struct archive_file){ SHYPER_BUNDLE_FILLER, 0, "gap", 3 };
    more[2] = (struct archive_file){ SHYPER_BUNDLE_FILLER, 0, "another gap", 11 };
    memcpy(more + 3, files, sizeof(files));
    a = archive_bundle(more, ARRAY_LEN(more), one, 1, 0);
    archive_append(&a, "\0\0\0\0rubbish", 11);
    if (open_it(&b, &a, &why) != 0) fail_msg("%s", why);
    assert_int_equal(b.count, 6);
    assert_int_equal(b.pool_bytes, 0);
    archive_free(&a);
}

static void a_bundle_without_a_management_vm_is_served(void **state)
{
    struct archive a = archive_bundle(files + 3, 2, one, 1, 0);
    struct bundle b;
    const char *why;

    assert_int_equal(open_it(&b, &a, &why), 0);
    assert_null(b.mvm);
    assert_int_equal(b.vm_count, 1);
    archive_free(&a);
}

static void a_bundle_with_nothing_to_start_is_refused(void **state)
{
    struct archive a = archive_bundle(files + 3, 2, one, 0, 0);

    expect_refusal(&a, "neither");
}

static void what_does_not_belong_is_refused(void **state)
{
    struct archive_file bad[ARRAY_LEN(files) + 1], many[70];
    const char *const missing[] = { "vm/two.dtb" }, *const often[17] = {
        one[0], one[0], one[0], one[0], one[0], one[0], one[0], one[0], one[0],
        one[0], one[0], one[0], one[0], one[0], one[0], one[0], one[0]
    };
    struct archive a;

    memcpy(bad, files, sizeof(files));
    bad[ARRAY_LEN(files)] = files[1];
    a = archive_bundle(bad, ARRAY_LEN(bad), one, 1, 0);
    expect_refusal(&a, "same name");

    bad[ARRAY_LEN(files)] = (struct archive_file){ "link", 0120777, "mvm/kernel", 10 };
    a = archive_bundle(bad, ARRAY_LEN(bad), one, 1, 0);
    expect_refusal(&a, "neither a file nor a folder");

    a = archive_bundle(files, ARRAY_LEN(files), missing, 1, 0);
    expect_refusal(&a, "missing");
    a = archive_bundle(files, ARRAY_LEN(files), often, 17, 0);
    expect_refusal(&a, "16");

    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = (struct archive_file){ "", FILE_MODE, "", 0 };
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        static char names[70][8];

        (void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
        many[i].name = names[i];
    }
    a = archive_bundle(many, ARRAY_LEN(many), NULL, 0, 0);
    expect_refusal(&a, "64");
}

static void a_configuration_that_is_wrong_is_refused(void **state)
{
    static const struct {
        const char *prop;
        const void *value;
        int len;
        const char *word;
    } edits[] = {
        { "compatible", "shyper,bundle-2", 16, "compatible" },
        { "pool-bytes", NULL, 0, "pool-bytes" },
        { "pool-bytes", "\0\0\0\1", 4, "does not know" },
        { "colour", "blue", 5, "does not know" },
        { "members", "mvm/kernel", 10, "list of texts" },
        { "vms", "vm/one.dtb", 10, "list of texts" },
        { "members", "mvm/kernel", 11, "longer" },
        { "crcs", "\1\2\3\4", 4, "shorter" },
        { "crcs", NULL, 0, "shorter" },
        { "crcs", "\1\2\3", 3, "does not know" },
        { "members", "a\0b\0c\0d\0e", 10, "names is missing" },
    };

    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        void *config = archive_config(files, ARRAY_LEN(files), one, 1, 0);
        struct archive a;

        if (edits[i].value == NULL) assert_int_equal(fdt_delprop(config, 0, edits[i].prop), 0);
        else
            assert_int_equal(fdt_setprop(config, 0, edits[i].prop, edits[i].value, edits[i].len),
                             0);
        a = archive_with_config(config, files, ARRAY_LEN(files));
        free(config);
        expect_refusal(&a, edits[i].word);
    }
}

static void every_file_has_a_checksum(void **state)
{
    void *config = archive_config(files, ARRAY_LEN(files) - 1, one, 1, 0);
    struct archive a = archive_with_config(config, files, ARRAY_LEN(files));

    free(config);
    expect_refusal(&a, "no checksum");
}

static void a_configuration_with_nodes_is_not_understood(void **state)
{
    void *config = archive_config(files, ARRAY_LEN(files), one, 1, 0);
    struct archive a;

    assert_true(fdt_add_subnode(config, 0, "future") > 0);
    a = archive_with_config(config, files, ARRAY_LEN(files));
    free(config);
    expect_refusal(&a, "malformed");
}

static void the_configuration_comes_first(void **state)
{
    struct archive a = { NULL, 0 };

    archive_entry(&a, &files[0]);
    archive_end(&a);
    expect_refusal(&a, "begin with");
    archive_end(&a);
    expect_refusal(&a, "begin with");
}

static void every_cut_is_refused(void **state)
{
    struct archive whole = usual();

    for (size_t len = 0; len < whole.len; len++) {
        struct archive a = { NULL, 0 };
        struct bundle b;
        const char *why;
        int got;

        archive_append(&a, whole.at, len);
        got = open_it(&b, &a, &why);
        /* the trailer's own padding may be missing */
        if (got == 0) assert_true(len + 4 > whole.len);
        else assert_int_equal(got, -EINVAL);
        archive_free(&a);
    }
    archive_free(&whole);
}

static void damage_to_what_is_relied_on_is_noticed(void **state)
{
    struct archive a = usual();
    struct bundle b, damaged;
    const char *why;
    const struct bundle_member *relied[2];

    assert_int_equal(open_it(&b, &a, &why), 0);
    relied[0] = bundle_find(&b, SHYPER_BUNDLE_CONFIG);
    relied[1] = b.mvm;
    for (size_t i = 0; i < ARRAY_LEN(relied); i++) {
        for (uint32_t at = 0; at < relied[i]->bytes; at++) {
            uint8_t *byte = a.at + ((const uint8_t *)relied[i]->data - a.at) + at;

            *byte ^= 0x10;
            assert_int_equal(open_it(&damaged, &a, &why), -EINVAL);
            assert_non_null(strstr(why, "checksum"));
            *byte ^= 0x10;
        }
    }
    /* Damage to the rest is found by whoever uses it. */
    for (uint32_t i = 1; i < b.count; i++) assert_true(bundle_member_is_whole(&b.member[i]));
    a.at[(const uint8_t *)bundle_find(&b, "mvm/kernel")->data - a.at] ^= 1;
    a.at[(const uint8_t *)b.vm[0]->data - a.at] ^= 1;
    assert_int_equal(open_it(&damaged, &a, &why), 0);
    assert_false(bundle_member_is_whole(bundle_find(&damaged, "mvm/kernel")));
    assert_false(bundle_member_is_whole(damaged.vm[0]));
    assert_true(bundle_member_is_whole(bundle_find(&damaged, "vm/one/kernel")));
    archive_free(&a);
}

static void any_damage_leads_to_an_answer_and_not_outside(void **state)
{
    struct archive whole = usual();
    uint32_t seed = 7;

    for (uint32_t round = 0; round < 20000; round++) {
        struct archive a = { NULL, 0 };
        uint32_t changes = 1 + tree_random(&seed) % 3;
        struct bundle b;
        const char *why;
        int got;

        archive_append(&a, whole.at, whole.len);
        while (changes-- > 0) a.at[tree_random(&seed) % a.len] = (uint8_t)tree_random(&seed);
        got = open_it(&b, &a, &why);
        assert_true(got == 0 || (got == -EINVAL && why != NULL));
        for (uint32_t i = 0; got == 0 && i < b.count; i++) {
            const uint8_t *data = b.member[i].data;

            assert_true(data >= a.at && data + b.member[i].bytes <= a.at + a.len);
        }
        archive_free(&a);
    }
    archive_free(&whole);
}

static void no_archive_at_all_is_refused(void **state)
{
    static const uint8_t gzip[] aligned_to(4) = { 0x1f, 0x8b, 8, 0, [200] = 0 };
    struct bundle b;
    const char *why;

    assert_int_equal(bundle_open(&b, NULL, 0, &why), -EINVAL);
    assert_int_equal(bundle_open(&b, gzip + 2, 100, &why), -EINVAL);
    assert_int_equal(bundle_open(&b, gzip, sizeof(gzip), &why), -EINVAL);
    assert_non_null(strstr(why, "cpio"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_in_place),
        cmocka_unit_test(fillers_folders_and_padding_at_the_end_mean_nothing),
        cmocka_unit_test(a_bundle_without_a_management_vm_is_served),
        cmocka_unit_test(a_bundle_with_nothing_to_start_is_refused),
        cmocka_unit_test(what_does_not_belong_is_refused),
        cmocka_unit_test(a_configuration_that_is_wrong_is_refused),
        cmocka_unit_test(every_file_has_a_checksum),
        cmocka_unit_test(a_configuration_with_nodes_is_not_understood),
        cmocka_unit_test(the_configuration_comes_first),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(damage_to_what_is_relied_on_is_noticed),
        cmocka_unit_test(any_damage_leads_to_an_answer_and_not_outside),
        cmocka_unit_test(no_archive_at_all_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the system is called, and what it is asked to be. */
#include "system.h"
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/utsname.h>

static void the_system_has_names(void)
{
    struct utsname u;

    memset(&u, 'x', sizeof(u));
    CHECK(uname(&u) == 0);
    CHECK(u.sysname[0] != '\0' && u.release[0] != '\0' && u.version[0] != '\0');
    CHECK(strlen(u.nodename) < sizeof(u.nodename) && strlen(u.domainname) < sizeof(u.domainname));
#if defined(__aarch64__)
    CHECK(strcmp(u.machine, "aarch64") == 0);
#elif defined(__x86_64__)
    CHECK(strcmp(u.machine, "x86_64") == 0);
#else
    CHECK(strcmp(u.machine, "riscv64") == 0);
#endif
    FAILS(uname(BAD), EFAULT);
}

static void the_host_can_be_named(void)
{
    static const char longest[] = "0123456789012345678901234567890123456789012345678901234567890123";
    char name[70];
    struct utsname u;

    CHECK(sethostname("first", 5) == 0 && setdomainname("second.org", 6) == 0);
    CHECK(uname(&u) == 0 && strcmp(u.nodename, "first") == 0 && strcmp(u.domainname, "second") == 0);
    CHECK(gethostname(name, sizeof(name)) == 0 && strcmp(name, "first") == 0);
    CHECK(sethostname(longest, 64) == 0 && gethostname(name, sizeof(name)) == 0);
    CHECK(strcmp(name, longest) == 0);
    FAILS(sethostname(longest, 65), EINVAL);
    FAILS(setdomainname(longest, 65), EINVAL);
    FAILS(syscall(SYS_sethostname, longest, -1), EINVAL);
    FAILS(sethostname(BAD, 5), EFAULT);
    FAILS(setdomainname(BAD, 5), EFAULT);
    CHECK(gethostname(name, sizeof(name)) == 0 && strcmp(name, longest) == 0);
    CHECK(sethostname("unishyper", 9) == 0);
}

static void a_personality_is_kept(void)
{
    CHECK(personality(0xffffffff) == 0);
    CHECK(personality(ADDR_NO_RANDOMIZE) == 0 && personality(0xffffffff) == ADDR_NO_RANDOMIZE);
    CHECK(personality(0) == ADDR_NO_RANDOMIZE);
}

static void what_the_program_is_started_with_is_told(void)
{
    static const unsigned long ids[] = { AT_UID, AT_EUID, AT_GID, AT_EGID };

    CHECK(getauxval(AT_PAGESZ) == (unsigned long)sysconf(_SC_PAGESIZE));
    CHECK(getauxval(AT_CLKTCK) == (unsigned long)sysconf(_SC_CLK_TCK));
    CHECK(getauxval(AT_PHDR) != 0 && getauxval(AT_RANDOM) != 0 && getauxval(AT_ENTRY) != 0);
    CHECK(strstr((const char *)getauxval(AT_EXECFN), "system") != NULL);
    for (unsigned i = 0; i < 4; i++) {
        errno = 0;
        CHECK(getauxval(ids[i]) == 0 && errno == 0);
    }
    CHECK(getauxval(0x7ffffff0) == 0 && errno == ENOENT);
}

const struct test name_tests[] = {
    { "the_system_has_names", the_system_has_names },
    { "what_the_program_is_started_with_is_told", what_the_program_is_started_with_is_told },
    { "the_host_can_be_named", the_host_can_be_named },
    { "a_personality_is_kept", a_personality_is_kept },
    { 0 },
};

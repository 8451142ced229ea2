#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make one object of the Open POSIX Test Suite: each of its tests as it is, and a main that runs the one it is told.

build.py FOLDER OUT LIBC CROSS CC...     tests of FOLDER, compiled with CC, linked into OUT/tests.o; their names are in OUT/tests

Each test is a program of its own, so its main gets another name and its other names are made local. What its object has and refers to
tells whether it is left out, as those are that start processes; OUT/left_out has those with the reason.
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys

PROCESSES = {"fork", "vfork", "system", "popen", "execl", "execle", "execlp", "execv", "execve", "execvp"}
MAIN = """#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
%s
static const struct { const char *name; int (*run)(); } tests[] = {%s};
int main(int argc, char **argv)
{
    mkdir("/tmp", 01777);
    setbuf(stdout, NULL);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (strcmp(argv[1], tests[i].name) == 0) return tests[i].run(argc - 1, argv + 1);
    }
    return 127;
}
"""


def tests_of(folder):
    """Names of all tests: sigaction/4-1, mlock/speculative/12-1. One makes eight million calls: minutes in an emulator."""
    found = glob.glob("**/[0-9]*-[0-9]*.c", root_dir=folder, recursive=True)
    return sorted(name[:-2] for name in found if "buildonly" not in name and name != "clock/1-1.c")


def symbol_of(test):
    return "test_" + re.sub(r"\W", "_", test)


def compile_one(folder, test, out, cross, command):
    """The object's names: those it has, and those it refers to."""
    made = os.path.join(out, symbol_of(test) + ".o")
    subprocess.run([*command, "-I", os.path.join(folder, "../../include"), "-c", os.path.join(folder, test + ".c"), "-o", made], check=True)
    has, needs = names_of(made, cross)
    if "main" in has:
        subprocess.run([cross + "objcopy", "--redefine-sym", "main=" + symbol_of(test), "--keep-global-symbol", symbol_of(test), made],
                       check=True)
    return has, needs


def names_of(file, cross):
    has, needs = set(), set()
    for line in subprocess.run([cross + "nm", "--quiet", "-g", file], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) >= 2:
            (needs if words[-2] == "U" else has).add(words[-1])
    return has, needs


def why_not(has, needs, libc):
    """Why a test is left out, or None. Names that begin with __ are those of the compiler's library."""
    if "main" not in has:
        return "no program"
    if PROCESSES & needs:
        return "processes"
    missing = sorted(name for name in needs - libc if not name.startswith("__"))
    return "no " + " ".join(missing) if missing else None


def main():
    folder, out, libc, cross, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    parts = os.path.join(out, "parts")
    shutil.rmtree(parts, ignore_errors=True)
    os.makedirs(parts)
    there, _ = names_of(libc, cross)
    names = tests_of(folder)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda test: compile_one(folder, test, parts, cross, command), names))
    whys = {test: why_not(has, needs, there) for test, (has, needs) in zip(names, made)}
    tests = [test for test in names if whys[test] is None]
    text = MAIN % ("".join(f"int {symbol_of(test)}();\n" for test in tests), ", ".join(f'{{"{test}", {symbol_of(test)}}}' for test in tests))
    subprocess.run([*command, "-x", "c", "-c", "-", "-o", os.path.join(parts, "main.o")], input=text, text=True, check=True)
    with open(os.path.join(parts, "list"), "w", encoding="utf-8") as file:
        file.write("".join(f"{parts}/{symbol_of(test)}.o\n" for test in tests) + f"{parts}/main.o\n")
    subprocess.run([cross + "ld", "-r", f"@{parts}/list", "-o", os.path.join(out, "tests.o")], check=True)
    shutil.rmtree(parts)
    with open(os.path.join(out, "tests"), "w", encoding="utf-8") as file:
        file.write("".join(test + "\n" for test in tests))
    with open(os.path.join(out, "left_out"), "w", encoding="utf-8") as file:
        file.write("".join(f"{test}: {why}\n" for test, why in whys.items() if why is not None))


main()

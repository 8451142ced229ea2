#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make docs/regressions.md: which test covers which number of tests/regressions.def. A test says so itself, by a comment
`regression: 12` or `regression: 12, 13` above its function (C, Python) or above its case (catalogue.cfg). `regression: uk 12`
is of the unikernel's own list; tests that run inside of it are in apps/.

usage: gen_regressions.py doc      write the page
       gen_regressions.py check    fail when the page is not what it should be, or when a number has no test
"""
import collections
import glob
import itertools
import os
import re
import sys

LIST = "tests/regressions.def"
PAGE = "docs/regressions.md"
OWN_TEST = "tests/system/test_regressions.py"                      # full of marks that mean nothing
CATALOGUE = "tests/guests/catalogue.cfg"
UK_IMAGES = "unikernel/build.mk"
HEAD = """# Faults that must not come back

Made by `make docs` from `tests/regressions.def` and the comments `regression: N` above the tests. `make check` fails when a
number has no test. A test of the catalogue is a case of `tests/guests/catalogue.cfg`; one in `apps` runs inside the unikernel.
"""
LISTS = {"": "The hypervisor", "uk ": "The unikernel: `regression: uk N`"}
TABLE = """
## {}

| number | what has to hold | tests |
|---|---|---|
"""
ANY_MARK = re.compile(r"\bregression: *(uk *)?[0-9]")
MARK = re.compile(r"^(?:/\*|//|#| \*) regression: (uk )?(\d+(?:, \d+)*)(?: \*/)?$")
BETWEEN = re.compile(r"^(?:@|#|/\*|//| \*|    |[])]|$)")            # decorators, comments, what they continue with
SUBJECT = {".c": re.compile(r"^[a-z][\w *]*?\b(\w+)\("), ".py": re.compile(r"^def (test_\w+)\("),
           ".cfg": re.compile(r"^\[(\w+)\]$")}


def numbers():
    """{"12" or "uk 12": what has to hold}"""
    with open(LIST, encoding="utf-8") as file:
        lines = [re.match(r"((?:uk )?\d+) +(.*)", line) for line in file if not line.startswith("#")]
    return {line.group(1): line.group(2) for line in lines}


def files():
    for root, folders, names in itertools.chain(os.walk("apps"), os.walk("tests")):
        folders.sort()
        for path in sorted(os.path.join(root, name) for name in names):
            if os.path.splitext(path)[1] in SUBJECT and path != OWN_TEST:
                yield path


def programs_of_the_catalogue():
    with open(CATALOGUE, encoding="utf-8") as file:
        return set(re.findall(r"\b\w+=(\w+)", "".join(line for line in file if line.startswith(("vms", "mvm")))))


def apps_that_run():
    """Applications of which a system test starts an image."""
    tests = ""
    for path in glob.glob("tests/system/test_unikernel*.py"):
        with open(path, encoding="utf-8") as file:
            tests += file.read()
    with open(UK_IMAGES, encoding="utf-8") as file:
        images = re.findall(r"uk_image,\$\(1\),([\w-]+),(\w+),", file.read())
    return {app for image, app in images if f'"{image}"' in tests}


def subject(path, lines, at):
    """The test that stands below the comment in line `at` (from 0); None: there is none, or nothing runs it."""
    pattern = SUBJECT[os.path.splitext(path)[1]]
    for line in lines[at + 1:]:
        found = pattern.match(line)
        if found:
            break
        if not BETWEEN.match(line):
            return None
    else:
        return None
    name = found.group(1)
    if path.endswith(".c") and sum(bool(re.search(rf"\b{name}\b", line)) for line in lines) < 2 and name != "guest_main":
        return None
    return name


def marks(faults):
    """Yield (number, file, test) for every mark; what is wrong with one goes to `faults`."""
    run, apps = programs_of_the_catalogue(), apps_that_run()
    for path in files():
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        for at, line in enumerate(lines):
            if not ANY_MARK.search(line):
                continue
            mark, where = MARK.match(line), f"{path}:{at + 1}"
            test = subject(path, lines, at)
            if not mark:
                faults.append(f"{where}: stands alone in its line as `regression: 12`, `regression: 12, 13` or `regression: uk 12`")
            elif not test:
                faults.append(f"{where}: no test that runs stands below it")
            elif path.startswith("tests/guests/") and path.endswith(".c") and os.path.basename(path)[:-2] not in run:
                faults.append(f"{where}: no case of the catalogue runs this program")
            elif path.startswith("apps/") and path.split("/")[1] not in apps:
                faults.append(f"{where}: no system test starts this application")
            else:
                for number in mark.group(2).split(", "):
                    yield (mark.group(1) or "") + number, path, test


def page(faults):
    what = numbers()
    tests = {number: collections.defaultdict(list) for number in what}
    for number, path, test in marks(faults):
        if number not in what:
            faults.append(f"{path}: number {number} is not in {LIST}")
        elif test not in tests[number][path]:
            tests[number][path].append(test)
    faults.extend(f"{LIST}: number {number} has no test" for number in what if not tests[number])
    rows = {prefix: "" for prefix in LISTS}
    for number, text in what.items():
        cell = "; ".join(f"`{path}`: {', '.join(names)}" for path, names in tests[number].items())
        rows[re.match("(?:uk )?", number).group()] += f"| {number.removeprefix('uk ')} | {text} | {cell} |\n"
    return HEAD + "".join(TABLE.format(LISTS[prefix]) + rows[prefix] for prefix in LISTS if rows[prefix])


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("doc", "check"):
        sys.exit(__doc__)
    faults = []
    text = page(faults)
    if sys.argv[1] == "doc":
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
    elif open(PAGE, encoding="utf-8").read() != text:
        faults.append(f"{PAGE}: is out of date; run `make docs`")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults and sys.argv[1] == "check" else 0)


main()

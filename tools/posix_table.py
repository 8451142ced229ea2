#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of system calls in docs/posix.md, and what it is compared with.

posix_table.py NUMBERS prints, for the ISA whose numbers are in that header, the rows of `calls` in apps/every_call/main.c.
"""
import collections
import re
import sys

ISAS = ("aarch64", "riscv64", "x86_64")
STATES = ("complete", "partial", "ENOSYS")
ROW = re.compile(r"\| `(\w+)` \| ([\w, ]+) \| (every|fs|posix|–) \| (\w+) \| (.*?)\|(.*)\|$")
TEST = re.compile(r"`([\w./]+)` (\w+): (\w+)$")

Row = collections.namedtuple("Row", "call isas feature state words test")


class Wrong(Exception):
    """The table is not in its form."""


def rows(path="docs/posix.md"):
    """All rows; Wrong names a line that is none."""
    found = []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if not line.startswith("|") or line.startswith(("| call ", "|---")):
            continue
        match = ROW.match(line.rstrip())
        if match is None:
            raise Wrong(f"{path}:{number}: no row: {line.rstrip()}")
        call, isas, feature, state, words, test = (field.strip() for field in match.groups())
        found.append(Row(call, ISAS if isas == "all" else tuple(isas.split(", ")), feature, state, words, test))
    return found


def numbers(path):
    """Names of the calls in a header like musl's bits/syscall.h."""
    return re.findall(r"^#define __NR_(\w+)\s", open(path, encoding="utf-8").read(), re.M)


def main():
    known = numbers(sys.argv[1])
    for row in rows():
        if row.call in known:
            print(f'{{ "{row.call}", SYS_{row.call}, {int(row.state != "ENOSYS")} }},')


if __name__ == "__main__":
    main()

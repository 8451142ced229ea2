#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turn abi/*.def into C headers (and the tables of docs/abi.md).

usage: gen_abi.py hcall|event FILE.def > OUT        a header
       gen_abi.py doc PAGE.md                        renew the tables between the page's marks
       gen_abi.py doc-check PAGE.md                  fail when they are not what they should be
"""
import re
import sys

HCALL_BASE = 0xC6000000


def rows(path, fields):
    """Yield (line number, columns); the last column keeps its spaces."""
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.strip() and not line.startswith("#"):
            columns = re.split(r"\s{2,}", line.strip(), maxsplit=fields - 1)
            if len(columns) < fields - 1:
                sys.exit(f"{path}:{number}: {len(columns)} columns, wanted {fields}")
            yield number, columns + [""] * (fields - len(columns))


def unique(path, seen, number, value):
    if value in seen:
        sys.exit(f"{path}:{number}: number {value:#x} already used in line {seen[value]}")
    seen[value] = number


def hcalls(path):
    seen = {}
    for line, (name, number, who, args, value) in rows(path, 5):
        number = int(number, 0)
        unique(path, seen, line, number)
        args = [] if args == "-" else [a.split(":") for a in args.split()]
        if who not in ("any", "mvm") or len(args) > 5:
            sys.exit(f"{path}:{line}: bad caller class or more than five arguments")
        for _, kind in args:
            if kind not in ("ipa", "u32", "u64", "vm"):
                sys.exit(f"{path}:{line}: unknown argument kind {kind}")
        yield name, number, who, args, value


def events(path):
    seen = {}
    for line, (name, number, a, b) in rows(path, 4):
        unique(path, seen, line, int(number, 0))
        yield name, int(number, 0), a, b


def hcall_header(path):
    calls = sorted(hcalls(path), key=lambda c: c[1])
    print("/* Made from abi/hcall.def by tools/gen_abi.py. */\n#pragma once\n")
    print(f"#define SHYPER_HCALL_BASE 0x{HCALL_BASE:08X}u")
    for name, number, *_ in calls:
        print(f"#define SHYPER_HCALL_{name.upper()} 0x{number:04x}u")
    print("\n/* X(name, number, caller class, bit n set: argument n+1 must fit 32 bits) */")
    print("#define SHYPER_HCALLS(X) \\")
    for name, number, who, args, _ in calls:
        narrow = sum(1 << i for i, (_, kind) in enumerate(args) if kind in ("u32", "vm"))
        print(f"    X({name}, 0x{number:04x}, {who.upper()}, 0x{narrow:02x}) \\")
    print()


def event_header(path):
    print("/* Made from abi/event.def by tools/gen_abi.py. */\n#pragma once\n")
    for name, number, *_ in events(path):
        print(f"#define SHYPER_TRACE_{name.upper()} {number}u")


def hcall_table(path):
    yield "| id | name | caller | arguments x1… | value in x1 |\n|---|---|---|---|---|\n"
    for name, number, who, args, value in hcalls(path):
        listed = ", ".join(f"{n} ({k})" for n, k in args) or "–"
        yield f"| 0x{HCALL_BASE | number:08X} | `{name}` | {who} | {listed} | {value} |\n".replace("<< 16 |", "<< 16 \\|")


def event_table(path):
    yield "| number | name | a | b |\n|---|---|---|---|\n"
    for name, number, a, b in events(path):
        yield f"| {number} | `{name}` | {a} | {b} |\n"


def renewed(page):
    tables = {"hcall": hcall_table, "event": event_table}

    def table(mark):
        return mark[1] + "".join(tables[mark[2]](f"abi/{mark[2]}.def")) + "<!-- end -->"

    return re.sub(r"(<!-- table (\w+) -->\n).*?<!-- end -->", table, page, flags=re.DOTALL)


def doc(path, check=False):
    page = open(path, encoding="utf-8").read()
    new = renewed(page)
    if check and new != page:
        sys.exit(f"{path}: its tables are not those of abi/*.def; run make docs")
    if not check:
        open(path, "w", encoding="utf-8").write(new)


if __name__ == "__main__":
    kinds = {"hcall": hcall_header, "event": event_header, "doc": doc, "doc-check": lambda path: doc(path, True)}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](sys.argv[2])

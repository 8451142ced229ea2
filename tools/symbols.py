#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the symbol table of a kernel image as C source.

usage: symbols.py VARIABLE BASE_SYMBOL END_SYMBOL < `nm -n` output > table.c
       symbols.py VARIABLE --empty > table.c          (first pass)

VARIABLE is a `const struct symbol_table`; offsets count from BASE_SYMBOL, functions at or above END_SYMBOL are left out.
"""
import sys


def read_functions(base_name, end_name):
    rows = [line.split() for line in sys.stdin]
    rows = [(int(r[0], 16), r[1], r[2]) for r in rows if len(r) == 3]
    where = {name: address for address, _, name in rows}
    if base_name not in where or end_name not in where:
        sys.exit(f"symbols.py: {base_name} or {end_name} is not in the image")
    base, end = where[base_name], where[end_name]
    best = {}
    for address, kind, name in rows:
        if kind in "tT" and base <= address < end and not name.startswith(("$", ".")):
            best.setdefault(address - base, name.split(".")[0])
    return sorted(best.items())


def emit(variable, functions):
    names, starts = "", []
    for _, name in functions:
        starts.append(len(names))
        names += name + "\0"
    print("/* Made by tools/symbols.py. */")
    print('#include "hypervisor/core/symbols.h"')
    print('#define TABLE __attribute__((section(".symbols")))')
    if functions:
        print("TABLE static const uint32_t offsets[] = {" + ",".join(str(o) for o, _ in functions) + "};")
        print("TABLE static const uint32_t names_at[] = {" + ",".join(str(s) for s in starts) + "};")
        text = names.replace("\0", '\\0"\n    "')
        print(f'TABLE static const char names[] =\n    "{text}";')
        body = f"{len(functions)}, sizeof(names), offsets, names_at, names"
    else:
        body = "0, 0, 0, 0, 0"
    print(f"TABLE const struct symbol_table {variable} = {{ {body} }};")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[2] == "--empty":
        emit(sys.argv[1], [])
    elif len(sys.argv) == 4:
        emit(sys.argv[1], read_functions(sys.argv[2], sys.argv[3]))
    else:
        sys.exit(__doc__)

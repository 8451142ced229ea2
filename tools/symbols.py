#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the symbol table of a kernel image as C source.

usage: symbols.py VARIABLE BASE_SYMBOL END_SYMBOL < `nm -n` output > table.c
       symbols.py VARIABLE --empty > table.c          (first pass)

VARIABLE is a `const struct symbol_table` (hypervisor/core/symbols.h says how it is written); offsets count from BASE_SYMBOL,
functions at or above END_SYMBOL are left out.
"""
import collections
import itertools
import sys

FIRST_PAIR, PAIRS = 0x80, 128


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


def replace(name, pair, by):
    out = []
    for byte in name:
        if out and (out[-1], byte) == pair:
            out[-1] = by
        else:
            out.append(byte)
    return out


def compress(names):
    """Byte-pair encoding: the commonest pair of neighbours becomes one byte, again and again."""
    names = [list(name.encode("ascii")) for name in names]
    pairs = []
    for code in range(FIRST_PAIR, FIRST_PAIR + PAIRS):
        count = collections.Counter(itertools.chain.from_iterable(zip(name, name[1:]) for name in names))
        if not count or max(count.values()) < 3:
            break
        pair = max(count, key=lambda p: (count[p], p))
        pairs.append(pair)
        names = [replace(name, pair, code) for name in names]
    return pairs, names


def distance_bytes(words):
    out = []
    while words >= 0x80:
        out.append(words & 0x7f | 0x80)
        words >>= 7
    return out + [words]


def emit(variable, functions):
    pairs, names = compress([name for _, name in functions])
    entries, last = [], 0
    for (offset, _), name in zip(functions, names):
        entries += distance_bytes((offset - last) // 4) + name + [0]
        last = offset
    print("/* Made by tools/symbols.py. */")
    print('#include "hypervisor/core/symbols.h"')
    print('#define TABLE __attribute__((section(".symbols")))')
    print("TABLE static const uint8_t pairs[][2] = {" + ",".join(f"{{{a},{b}}}" for a, b in pairs or [(0, 0)]) + "};")
    print("TABLE static const uint8_t entries[] = {" + ",".join(map(str, entries or [0])) + "};")
    print(f"TABLE const struct symbol_table {variable} = {{ {len(functions)}, pairs, entries }};")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[2] == "--empty":
        emit(sys.argv[1], [])
    elif len(sys.argv) == 4:
        emit(sys.argv[1], read_functions(sys.argv[2], sys.argv[3]))
    else:
        sys.exit(__doc__)

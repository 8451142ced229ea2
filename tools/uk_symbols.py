#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the symbol table of a unikernel image from `nm -n` on standard input (layout: unikernel/kernel/symbols.c)."""
import re
import struct
import sys


# Where functions end: what lies behind has no name. What else uk.ld.S marks is no function.
ENDS = ["__text_end", "__kbss"]
MARKS = ["__text", "__libc_text", "__cond_text", "__cond_text_end", "__cookie_text", "__cookie_text_end", "__app_read",
         "gate_touched", "gate_signals"]


def functions(lines):
    """(low half of the address, name) of every function, one name per address, compiler suffixes cut."""
    seen = {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3 or (fields[1] not in "tTwW" and fields[2] not in ENDS) or fields[2].startswith("$"):
            continue
        if fields[2] in MARKS:
            continue
        name = "" if fields[2] in ENDS else re.sub(r"^__uk_(sys|pure)_|\.(isra|part|constprop|cold)(\.\d+)*", lambda m: "sys_" if m[1] else "", fields[2])
        seen.setdefault(int(fields[0], 16) & 0xFFFFFFFF, name)
    return sorted(seen.items())


def main():
    table = functions(sys.stdin)
    names = bytearray()
    entries = bytearray()
    start = 8 + 8 * len(table)
    for address, name in table:
        entries += struct.pack("<II", address, start + len(names))
        names += name.encode() + b"\0"
    sys.stdout.buffer.write(struct.pack("<4sI", b"KSYM", len(table)) + entries + names)


main()

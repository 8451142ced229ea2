#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of system calls of an image: those that its program can make (unikernel/posix/syscalls.h).

uk_calls.py probe NUMBERS           prints assembly that a first link of the image takes: a section for each call, of which those stay that
                                    a function of libc in the image refers to
uk_calls.py kernel NUMBERS WITH WITHOUT < NAMES
                                    prints which of two kernels the final link takes: the one with signals, by which the first link was made,
                                    or that without them, if the program can make no call for which signals are needed
uk_calls.py table NUMBERS < NAMES   prints the table for the final link

NUMBERS is musl's bits/syscall.h; NAMES is what nm says of the kernel and of the first link.
"""
import re
import sys

PROBE = """    .section .uk_syscalls, "a"
    .globl __uk_syscalls
__uk_syscalls:
"""
ONE = """    .section .uk_calls.{0}, "a"
    .globl __uk_call_{0}
__uk_call_{0}:
    .byte 0
"""
TABLE = """    .section .uk_syscalls, "a"
    .balign 8
    .globl __uk_syscalls
__uk_syscalls:
    .byte {}
    .8byte {}
    .section .note.GNU-stack, "", %progbits
"""


def numbers(path):
    """Number of each call."""
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+)\s+(\d+)$", open(path, encoding="utf-8").read(), re.M)}


def called(what, names):
    return re.findall(rf"\b__uk_{what}_(\w+)$", names, re.M)


def can_make(number_of, names):
    """A function that says of a call whether the program can make it."""
    needed = set(called("call", names))
    return lambda name: "any" in needed or str(number_of[name]) in needed


def table(number_of, names):
    """Those of the kernel's calls that the program needs: pure ones first, as the gate expects them."""
    size = int(re.search(r"^([0-9a-f]+) A __uk_syscall_numbers$", names, re.M).group(1), 16)
    pure = sorted(called("pure", names))
    rest = sorted(filter(can_make(number_of, names), called("sys", names)))
    index = [0] * size
    for place, name in enumerate(pure + rest, 1):
        index[number_of[name]] = place
    functions = ["__uk_not_served"] + [f"__uk_pure_{name}" for name in pure] + [f"__uk_sys_{name}" for name in rest]
    return TABLE.format(", ".join(map(str, index)), ", ".join(functions))


def main():
    what, number_of = sys.argv[1], numbers(sys.argv[2])
    if what == "probe":
        print(PROBE + "".join(ONE.format(number) for number in ("any", *sorted(number_of.values()))), end="")
        return
    names = sys.stdin.read()
    if what == "kernel":
        with_signals, without = sys.argv[3:]
        print(with_signals if any(map(can_make(number_of, names), called("signals", names))) else without)
    else:
        print(table(number_of, names), end="")


if __name__ == "__main__":
    main()

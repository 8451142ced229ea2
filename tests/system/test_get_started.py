# SPDX-License-Identifier: Apache-2.0
"""docs/get-started.md, typed as it stands there: commands follow the prompt, the other lines of a block have to appear in
what the command prints, in their order (runs of blanks count as one)."""
import os
import re

import pytest
from machine import BUILD, ROOT

PROMPT = "mvm:/root# "
FAILS = ("/root/bad.json",)     # the page shows how a mistake is refused


def blocks():
    text = open(os.path.join(ROOT, "docs/get-started.md"), encoding="utf-8").read()
    return re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def steps():
    """(command, lines expected)"""
    found = []
    for line in "".join(blocks()).splitlines():
        if line.startswith(PROMPT):
            found.append((line[len(PROMPT):], []))
        else:
            found[-1][1].append(" ".join(line.split()))
    return found


@pytest.mark.parametrize("gic, smp, mem", [(2, 4, 1024), (3, 4, 1024), (3, 2, 512), (2, 8, 2048)])
def test_the_page_is_true(start, gic, smp, mem):
    machine = start(kernel=os.path.join(BUILD, "gcc/hypervisor/shyper.bin"), initrd=os.path.join(BUILD, "bundle.cpio"),
                    gic=gic, smp=smp, mem=mem, limit_s=120)
    machine.prompt()
    for command, expected in steps():
        fails = command.startswith("shyper") and command.endswith(FAILS)
        printed = " ".join(machine.sh(command, status=None if fails else 0).split())
        at = 0
        for line in expected:
            line = line.replace("CPUs 4", f"CPUs {smp}")
            assert line in printed[at:], f"`{command}` did not print `{line}` there, but:\n{printed}"
            at = printed.index(line, at) + len(line)
    machine.send("shyper system shutdown\r")
    assert machine.wait_end() == 0

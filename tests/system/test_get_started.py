# SPDX-License-Identifier: Apache-2.0
"""docs/get-started.md, typed as it stands there: commands follow the prompt, the other lines of a block have to appear in
what the command prints, in their order (runs of blanks count as one)."""
import os
import re
import subprocess

import pytest
from machine import BUILD, ROOT, Slot

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


@pytest.mark.alone
def test_the_blocks_for_the_host_are_true():
    """Each starts a machine with a guest that is there without being made."""
    text = open(os.path.join(ROOT, "docs/get-started.md"), encoding="utf-8").read()
    commands = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert commands
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    for command in commands:
        slot = Slot()
        try:
            done = subprocess.run(command, shell=True, cwd=ROOT, env=environment, input=b"shyper vm list\n",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
        finally:
            slot.release()
            subprocess.run(["make", "build/bundle.cpio"], cwd=ROOT, env=environment, check=True)   # the usual one again
        printed = done.stdout.decode(errors="replace")
        assert done.returncode == 0, printed[-3000:]
        assert re.search(r"^1 +hello ", printed, re.MULTILINE), printed[-3000:]

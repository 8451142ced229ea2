# SPDX-License-Identifier: Apache-2.0
"""Runs the guest test programs as tests/guests/catalogue.cfg says: packed as boot-time VMs, or as the management VM, on each
machine named there. A program says `done: N passed, M failed`; each of its results has a line of its own in the machine's log."""
import configparser
import itertools
import json
import os
import random
import re
import subprocess

import pytest
from machine import BUILD, ROOT

OUT = os.path.join(BUILD, os.environ.get("COMPILER", "gcc"))
SHYPER = os.path.join(OUT, "hypervisor/shyper.bin")
MACHINE = ("gic", "cpu", "smp", "mem")
CATALOGUE = os.path.join(ROOT, "tests/guests/catalogue.cfg")
LONG_SECONDS = int(os.environ.get("LONG_SECONDS") or 3600)


def catalogue():
    """One parameter set per case and machine: case, {gic, cpu, smp, mem}, bare."""
    cases = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    with open(CATALOGUE, encoding="utf-8") as file:
        cases.read_file(file)
    for name in cases.sections():
        case = cases[name]
        lists = [case[key].split() for key in MACHINE]
        marks = []
        if case.getboolean("long"):
            marks = [pytest.mark.long]
            for key in ("vms", "mvm"):
                case[key] = case.get(key, "").format(seconds=LONG_SECONDS, seed=random.getrandbits(32))
            case["limit_s"] = str(case.getint("limit_s") + LONG_SECONDS)
        for values in itertools.product(*lists):
            told = [value for value, of in zip(values[1:], lists[1:]) if len(of) > 1]
            yield pytest.param(case, dict(zip(MACHINE, values)), False, id="-".join([name, "gic" + values[0], *told]), marks=marks)
        if case.getboolean("bare"):
            for gic in lists[0]:
                machine = dict(zip(MACHINE, [gic] + [values[0] for values in lists[1:]]))
                yield pytest.param(case, machine, True, id=f"{name}-gic{gic}-bare")


def program(name):
    return os.path.join(OUT, "guests", name + ".bin")


def setting(key, value):
    """What a setting of `vms` means in a profile."""
    if key == "cpus":
        return {"cpus": int(value)}
    if key == "bitmap":
        return {"cpu_bitmap": value}
    if key == "runs":
        return {"memory": {"region": [dict(zip(("ipa_start", "length"), run.split("+"))) for run in value.split(",")]}}
    if key == "pl011":
        uart = {"name": "uart", "base_ipa": value, "length": "0x1000", "irq_id": 33, "type": "EMU_DEVICE_T_CONSOLE",
                "cfg_num": 1, "cfg_list": [1]}
        return {"emulated_device": {"emulated_device_list": [uart]}}
    if key in ("heartbeat_ms", "weight", "priority", "budget_us", "period_us"):
        return {key: int(value)}
    if key in ("memory", "cmdline", "restart", "class"):
        return {key: value}
    return None


def vms_of(case):
    """[(name, profile)] of `vms`: name=program words, each with the settings that follow it."""
    vms = []
    for word in case["vms"].split():
        key, value = word.split("=", 1)
        if setting(key, value) is not None:
            vms[-1][1].update(setting(key, value))
        else:
            vms.append((key, {"name": key, "kernel": program(value)}))
    return vms


def bundle(case, name, more=()):
    """Pack the case's VMs, and what `more` says to pack; the path of the bundle."""
    folder = os.path.join(BUILD, "guests", name)
    os.makedirs(folder, exist_ok=True)
    command = [os.path.join(OUT, "tools/pack"), "-o", os.path.join(folder, "bundle"), *more]
    if case.get("mvm"):
        command += ["--mvm-kernel", program(case["mvm"].split()[0]), "--mvm-cmdline", " ".join(case["mvm"].split()[1:])]
        command += ["--mvm-cpus", case["mvm_cpus"]]
    for vm, profile in vms_of(case):
        path = os.path.join(folder, vm + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        command += ["--vm", path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return os.path.join(folder, "bundle")


def expected(case, bare):
    """Patterns of whole lines that have to appear. Without Shyper a line has no [name] in front."""
    lines = [line for line in case.get("expect", "").splitlines() if line]
    if not lines and case.get("mvm"):
        lines = [r"done: \d+ passed, 0 failed"]
    if not lines:
        lines = [rf"\[{vm}\] done: \d+ passed, 0 failed" for vm, _ in vms_of(case)]
    return [re.sub(r"^\\\[\w+\\\] ", "", line) if bare else line for line in lines]


def watch(machine, patterns, typed):
    """Read until every pattern was seen. A program that is done with failures ends the wait."""
    wanted = list(patterns)
    while wanted:
        choices = [rf"^{p}\r*$" for p in wanted]
        choices += [r"^[^\r\n]*done: \d+ passed, [1-9]\d* failed", r"ready for input: ", r"\*\*\* Shyper panic.*"]
        machine.expect([re.compile(choice, re.MULTILINE) for choice in choices])    # the earliest match, never beyond a line
        seen = machine.child.match_index
        if seen < len(wanted):
            del wanted[seen]
        elif seen == len(wanted) + 1:
            machine.send(typed)
        else:
            machine.log.flush()
            with open(machine.log.path, encoding="utf-8", errors="replace") as log:
                failed = [line.rstrip() for line in log if "FAIL: " in line]
            pytest.fail("\n".join([machine.child.after.strip()] + failed), pytrace=False)


@pytest.mark.parametrize("case, machine, bare", catalogue())
def test_guest(start, case, machine, bare, request):
    name = re.sub(r"[^\w.-]+", "_", request.node.name)
    options = dict(machine, limit_s=case.getint("limit_s"))
    if bare:
        (_, profile), = vms_of(case)
        running = start(kernel=profile["kernel"], el=1, **dict(options, smp=profile.get("cpus", 1)))
    else:
        qemu = ("-icount", f"shift={case['icount']},sleep=off") if case["icount"] else ()
        running = start(kernel=SHYPER, initrd=bundle(case, name), el=2, qemu=qemu, **options)
    watch(running, expected(case, bare), case.get("type", ""))
    if case.getboolean("ends"):
        assert running.wait_end() == 0


@pytest.mark.parametrize("gic", ("2", "3"))
def test_the_escape_key_moves_the_input(start, gic, request):
    """Two VMs wait for input. Each hears what is typed while it has the focus, and nothing else."""
    machine = start(kernel=SHYPER, initrd=bundle({"vms": "a=uart b=uart"}, f"focus-gic{gic}"), gic=gic, smp=2, mem=512)
    machine.expect(r"\[a\] ready for input: ")
    machine.send("Sh\x1d2")
    machine.expect(r"input goes to b")
    machine.expect(r"\[b\] ready for input: ")
    machine.send("Shy\x1d1yper\x1d2per!")
    machine.expect(r"\[b\] done: 5 passed, 0 failed")
    machine.send("?\x1d1!")            # a VM that is off keeps the focus until it is moved
    machine.expect(r"\[a\] done: 5 passed, 0 failed")
    assert machine.wait_end() == 0

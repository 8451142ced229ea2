# SPDX-License-Identifier: Apache-2.0
"""The management VM is a client: it panics, resets or is refused its restart, and the guests run on."""
import json
import os
import re

import pytest
from machine import BUILD
from test_boot_refused import tree  # noqa: F401, a fixture
from test_guests import SHYPER, bundle

GAP_US = 1_500_000      # of a guest under an emulator that shares the cores of a busy host; a restart takes seconds


@pytest.fixture
def boot(start, linux):
    def run(name, vms, *more, gic="3", append="", limit_s=60, **options):
        mvm = ["--mvm-kernel", linux["kernel"], "--mvm-initrd", linux["initrd"], "--mvm-cmdline",
               linux["append"] + " panic=1" + append, "--pool", "256M", *more]
        machine = start(kernel=SHYPER, initrd=bundle({"vms": vms}, name, mvm), gic=gic, smp=2, mem=1024, limit_s=limit_s, **options)
        at_prompt(machine)
        return machine
    return run


def at_prompt(machine):
    machine.prompt()
    machine.sh("stty cols 250")


def system_info(machine):
    info = json.loads(machine.sh("shyper system info -o json"))
    return {key: info[key] for key in ("pool_free_bytes", "hyp_free_bytes", "vms")}


def listed(machine):
    return {vm["name"]: vm for vm in json.loads(machine.sh("shyper vm list -o json"))}


def panic(machine, wait_ms=None):
    machine.send("echo c > /proc/sysrq-trigger\r")
    machine.expect("Kernel panic")
    machine.expect(r"mvm asked for a reset")
    waits = int(machine.expect(r"mvm starts again in (\d+) ms").group(1))
    assert wait_ms in (None, waits)
    at_prompt(machine)


def pulses(machine, name):
    """What a pulse guest said last: how many times, and the longest gap in microseconds."""
    said = machine.sh(f"shyper vm console {name} --until us --timeout 20 </dev/null")
    count, gap = re.findall(r"pulse (\d+) longest gap (\d+) us", said)[-1]
    return int(count), int(gap)


@pytest.mark.parametrize("gic", ("2", "3"))
def test_guests_run_on_while_the_management_vm_panics(boot, gic):
    machine = boot(f"mvm-panics-gic{gic}", "a=pulse bitmap=0b1 b=pulse bitmap=0b10", gic=gic)
    panic(machine)
    vms = listed(machine)
    assert [(vms[name]["state"], vms[name]["restarts"]) for name in ("a", "b")] == [("running", 0)] * 2
    assert vms["mvm"]["restarts"] == 1
    for name in ("a", "b"):
        count, gap_us = pulses(machine, name)
        assert count > 6 and gap_us < GAP_US
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0


def test_vms_made_by_the_former_management_vm_outlive_it_and_restarts_leak_nothing(mvm):
    machine = mvm(gic=3, smp=2, mem=512)
    machine.sh("shyper vm list")        # what the module opens once it keeps
    before = system_info(machine)
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin")
    machine.sh("shyper vm console spin --until spinning </dev/null")
    with_spin = system_info(machine)
    for wait_ms in (1000, 2000, 4000):     # a management VM that crashes at once does not spin
        panic(machine, wait_ms)
        assert listed(machine)["spin"]["state"] == "running"
        assert system_info(machine) == with_spin
    assert listed(machine)["mvm"]["restarts"] == 3
    assert "spinning" in machine.sh("shyper vm console spin --until spinning </dev/null")
    machine.sh("shyper vm stop spin && shyper vm remove spin")
    assert system_info(machine) == before
    machine.sh("shyper vm config /test/greeter.json && shyper vm boot greeter")
    assert "0 failed" in machine.sh("shyper vm console greeter </dev/null")
    machine.sh("shyper vm remove greeter")
    assert system_info(machine) == before


def expect_hung(machine):
    machine.expect("mvm hung: its heartbeat stopped")
    machine.expect(r"mvm starts again in \d+ ms")
    at_prompt(machine)
    assert machine.sh("shyper vm console a --until us --timeout 20 </dev/null")
    vms = listed(machine)
    assert [(vms[name]["state"], vms[name]["restarts"]) for name in ("a", "b")] == [("running", 0)] * 2
    return vms["mvm"]["restarts"]


# regression: 81
def test_a_management_vm_that_hangs_is_started_again(boot, linux):
    """Its heartbeat comes from a program, so it hangs when the kernel does and when programs get no turn."""
    linux["initrd"] = os.path.join(BUILD, "system-test/initramfs.cpio")
    machine = boot("mvm-hangs", "a=pulse bitmap=0b1 b=pulse bitmap=0b10", "--mvm-heartbeat", "60000", "--mvm-weight", "400", limit_s=300)
    assert [listed(machine)[name]["weight"] for name in ("mvm", "a")] == [400, 100]
    machine.sh("rmmod shyper", status=1)        # who would beat then?
    machine.sh("until grep -q 15 /sys/class/watchdog/watchdog0/timeout; do sleep 1; done")
    machine.sh("sleep 20 && shyper vm list")    # it beats
    machine.send("insmod /test/hang.ko\r")
    assert expect_hung(machine) == 1
    machine.sh("until grep -q 15 /sys/class/watchdog/watchdog0/timeout; do sleep 1; done")
    machine.send("killall -STOP watchdog\r")
    assert expect_hung(machine) == 2
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0


def crash(machine):
    machine.send("echo c > /proc/sysrq-trigger\r")
    machine.expect("mvm asked for a reset")


@pytest.fixture
def with_an_unknown_device(tree):       # noqa: F811
    board = tree(3, ("-c", "/mystery@b000000"), ("-t s", "/mystery@b000000 compatible acme,engine"),
                 ("-t x", "/mystery@b000000 reg 0 b000000 0 1000"))
    return {"cpu": "cortex-a53", "qemu": ["-dtb", str(board)]}


def test_no_restart_beside_a_device_that_nobody_can_stop(boot, with_an_unknown_device):
    machine = boot("mvm-refused", "a=pulse bitmap=0b1 b=pulse bitmap=0b10", **with_an_unknown_device)
    crash(machine)
    machine.expect(r"mvm: not started again: mystery@b000000 may still write to memory, and how to stop it is not known")
    last = {}
    for _ in range(6):                  # the guests go on, and have the UART
        name, count = machine.expect(r"\[([ab])\] pulse (\d+) longest").groups()
        assert int(count) > last.get(name, 0)
        last[name] = int(count)
    assert len(last) == 2


def test_without_restart_or_guests_the_machine_is_reset(boot, with_an_unknown_device):
    machine = boot("mvm-refused-alone", "p=exit", **with_an_unknown_device)
    crash(machine)
    machine.expect("No VM is left, and the management VM cannot go on: the machine is reset")
    assert machine.wait_end() == 0


def test_a_management_vm_that_is_never_restarted_takes_the_machine_with_it(boot):
    machine = boot("mvm-never", "a=pulse", "--mvm-restart", "never")
    machine.send("echo c > /proc/sysrq-trigger\r")
    machine.expect("Rebooting in 1 seconds")
    assert machine.wait_end() == 0


def test_reboot_of_the_system_resets_the_machine(boot):
    machine = boot("system-reboot", "a=pulse")
    machine.send("shyper system reboot\r")
    assert machine.wait_end() == 0
    machine.log.flush()
    with open(machine.log.path, encoding="utf-8", errors="replace") as log:
        assert "asked for a reset" not in log.read()

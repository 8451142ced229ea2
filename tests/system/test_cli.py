# SPDX-License-Identifier: Apache-2.0
"""The shyper command and its module. First without Shyper, where both have to say so; then with it."""
import hashlib
import json
import re

import pytest


def test_without_shyper_the_module_and_the_command_say_so(start, linux):
    machine = start(**linux, el=1)
    machine.prompt()
    assert "not running under Shyper" in machine.sh("insmod /lib/modules/shyper.ko", status=19)
    for command in ("vm list", "vm boot 1", "vm getvmid", "system info", "system shutdown"):
        said = machine.sh(f"shyper {command}", status=4)
        assert "not running under Shyper" in said and "start the machine with" in said
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0


def test_help_needs_neither_shyper_nor_a_vm(start, linux):
    machine = start(**linux, el=1)
    machine.prompt()
    for words in ("--help", "vm --help", "system --help", "vm boot --help", "--version"):
        assert machine.sh(f"shyper {words} 2>/dev/null").strip()
    said = machine.sh("shyper --help")
    for verb in "list config boot stop reboot remove console log stat getvmid".split():
        assert f"vm {verb}" in said
    for verb in "info log loglevel reboot shutdown".split():
        assert f"system {verb}" in said
    assert "unknown command 'vm lst'" in machine.sh("shyper vm lst", status=2)
    assert "does not take --force" in machine.sh("shyper vm list -f", status=2)
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0


def vms(machine):
    """{name: description} of all VMs but the management VM."""
    return {vm["name"]: vm for vm in json.loads(machine.sh("shyper vm list -o json")) if vm["id"] != 0}


def free(machine):
    return json.loads(machine.sh("shyper system info -o json"))["pool_free_bytes"]


def state(machine, name):
    """What `vm list` says in its STATE column, which may be of two words."""
    return re.search(rf"^\d+ +{name} +\S+ +(\S+(?: \([^)]*\))?)", machine.sh("shyper vm list"), re.M).group(1)


def ended(machine, name):
    """Wait for the VM's end on its console; return what it showed."""
    return machine.sh(f"shyper vm console {name} </dev/null")


def passed(shown, times=1):
    """Did a guest program end without a failure, this often?"""
    return len(re.findall(r"^done: \d+ passed, 0 failed$", shown, re.M)) == times


# regression: 59
@pytest.mark.parametrize("gic", [2, 3])
def test_life_of_a_vm(mvm, gic):
    machine = mvm(gic=gic, smp=2, mem=512)
    before = free(machine)
    assert vms(machine) == {}
    assert machine.sh("shyper vm getvmid") == "Current VM id is 0\n"

    assert machine.sh("shyper vm config /test/greeter.json") == "vm 1 greeter created\n"
    assert free(machine) == before - (16 << 20)
    assert state(machine, "greeter") == "created"
    assert machine.sh("shyper vm boot greeter").startswith("vm 1 greeter ")     # it may be over by now
    assert passed(ended(machine, "greeter"))
    assert state(machine, "greeter") == "stopped (off)"
    assert "not run" in machine.sh("shyper vm stop greeter", status=1)

    # The same images again, in the same memory.
    machine.sh("shyper vm boot 1")
    assert passed(ended(machine, "1"), times=2)
    assert "powered itself off" in machine.sh("shyper vm log greeter")
    stat = json.loads(machine.sh("shyper vm stat greeter -o json"))
    assert stat["exits"]["mmio"] > 100 and stat["run_ns"] > 0 and stat["memory_bytes"] > 0
    machine.sh("shyper vm remove greeter")
    assert vms(machine) == {} and free(machine) == before
    assert "no VM has the name 'greeter'" in machine.sh("shyper vm boot greeter", status=3)


# regression: 26, 59
@pytest.mark.parametrize("gic", [2, 3])
def test_a_spinning_vm_is_stopped_rebooted_and_removed(mvm, gic):
    machine = mvm(gic=gic, smp=2, mem=512)
    before = free(machine)
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin")
    machine.sh("shyper vm console spin --until spinning </dev/null")
    assert "is running" in machine.sh("shyper vm boot spin", status=1)
    assert machine.sh("shyper vm stop spin") == "vm 1 spin stopped (request)\n"
    machine.sh("shyper vm reboot spin")
    machine.sh("shyper vm reboot spin -f")
    assert state(machine, "spin") == "running"
    machine.sh("shyper vm remove spin")
    assert vms(machine) == {} and free(machine) == before


def stat(machine, name):
    return json.loads(machine.sh(f"shyper vm stat {name} -o json"))


# regression: 59
@pytest.mark.parametrize("gic", [2, 3])
def test_a_vm_is_paused_and_resumed(mvm, gic):
    machine = mvm(gic=gic, smp=2, mem=512)
    before = free(machine)
    machine.sh("shyper vm config /test/spin.json")
    assert "is created" in machine.sh("shyper vm pause spin", status=1)
    machine.sh("shyper vm boot spin && shyper vm console spin --until spinning </dev/null")
    assert "is running" in machine.sh("shyper vm resume spin", status=1)
    assert machine.sh("shyper vm pause spin") == "vm 1 spin paused\n"
    held = stat(machine, "spin")
    assert held["state"] == "paused" and "vm resume spin" in machine.sh("shyper vm boot spin", status=1)
    machine.sh("sleep 0.3")
    assert stat(machine, "spin")["run_ns"] == held["run_ns"]
    assert machine.sh("shyper vm resume spin") == "vm 1 spin running\n"
    machine.sh("sleep 0.3")
    assert stat(machine, "spin")["run_ns"] > held["run_ns"]

    # Every way out of the pause.
    machine.sh("shyper vm pause spin && shyper vm reboot spin && shyper vm pause spin")
    assert machine.sh("shyper vm stop spin") == "vm 1 spin stopped (request)\n"
    machine.sh("shyper vm boot spin && shyper vm pause spin && shyper vm remove spin")
    assert vms(machine) == {} and free(machine) == before


@pytest.mark.parametrize("gic", [2, 3])
def test_a_first_fault_is_reported_with_names(mvm, gic):
    machine = mvm(gic=gic, smp=2, mem=512)
    machine.sh("shyper vm config /test/astray.json && shyper vm boot astray")
    assert "far 3000" in ended(machine, "astray")
    said = machine.sh("shyper vm log astray")
    assert re.search(r"^first fault: write at 0{12}3000, guest-physical 3000$", said, re.M), said
    assert re.search(r"^  pc     [0-9a-f]{16}  step_astray\+0x[0-9a-f]+$", said, re.M), said
    fault = json.loads(machine.sh("shyper vm log astray -o json"))["fault"]
    assert (fault["kind"], fault["address"], fault["count"], fault["exception_level"]) == ("write", "0x3000", 1, 1)
    assert len(fault["registers"]) == 31 and "0x5a5a" in fault["registers"]
    names = [re.sub(r"\+0x.*", "", call["symbol"] or "?") for call in fault["backtrace"]]
    assert names[:3] == ["step_astray", "walk", "guest_main"], names

    # Without the file with the names there are still numbers; a VM without a fault has none.
    machine.sh("rm /test/astray.elf")
    assert json.loads(machine.sh("shyper vm log astray -o json 2>/dev/null"))["fault"]["pc"] == fault["pc"]
    machine.sh("shyper vm config /test/greeter.json && shyper vm boot greeter")
    ended(machine, "greeter")
    assert json.loads(machine.sh("shyper vm log greeter -o json"))["fault"] is None
    assert "first fault" not in machine.sh("shyper vm log greeter")


# regression: 80
def test_the_level_of_the_log_is_set_at_run_time(mvm):
    machine = mvm(smp=2, mem=512)

    def level():
        return json.loads(machine.sh("shyper system info -o json"))["log_level"]

    def live():
        machine.sh("shyper vm config /test/greeter.json && shyper vm boot greeter")
        assert passed(ended(machine, "greeter"))
        machine.sh("shyper vm remove greeter")

    def told():
        return re.findall(r"^\[ *(\d+\.\d{3})\] D greeter: (.*)$", machine.sh("shyper system log"), re.M)

    assert level() == "info"
    live()
    assert told() == []
    machine.sh("shyper system loglevel debug")
    assert level() == "debug"
    live()
    lines = told()
    assert [re.sub(r"[0-9a-f]{6,}", "ENTRY", words) for _, words in lines] == [
        "is made: id 1, 1 vCPUs", "vCPU 0 starts at ENTRY on CPU 1", "vCPU 0 is off", "powered itself off", "is gone"]
    times = [float(time) for time, _ in lines]
    assert times == sorted(times) and times[0] > 0
    assert "there is no level 'loud'; say error, warn, info or debug" in machine.sh("shyper system loglevel loud", status=2)
    assert level() == "debug"
    machine.sh("shyper system loglevel info")
    live()
    assert told() == lines and level() == "info"


def test_vms_on_one_core_and_on_several_do_not_disturb_each_other(mvm):
    machine = mvm(smp=4, mem=1024)
    for name in ("spin", "progress", "pair", "greeter"):
        machine.sh(f"shyper vm config /test/{name}.json")
    machine.sh("for vm in spin progress pair greeter; do shyper vm boot $vm; done")
    for name in ("progress", "pair"):
        shown = ended(machine, name)
        assert "round 19" in shown and passed(shown)
    assert passed(ended(machine, "greeter"))
    assert vms(machine)["pair"]["vcpus"] == 2
    machine.sh("shyper vm remove pair && shyper vm reboot progress")
    assert passed(ended(machine, "progress"), times=2)
    assert state(machine, "spin") == "running" and state(machine, "greeter") == "stopped (off)"
    for name in ("spin", "progress", "greeter"):
        machine.sh(f"shyper vm remove {name}")
    assert vms(machine) == {}


# regression: 20
def test_a_vm_that_asks_for_a_reset_gets_it(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/reset.json && shyper vm boot reset")
    shown = ended(machine, "reset")
    assert "first life" in shown and "second life" in shown and passed(shown)
    assert state(machine, "reset") == "stopped (off)"


# regression: 68
def test_system_reboot_starts_the_machine_anew(mvm):
    machine = mvm(smp=2, mem=512, qemu=("-action", "reboot=reset"))       # tools/run says otherwise
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin && : > /tmp/before")
    machine.send("shyper system reboot\r")
    machine.prompt()
    machine.sh("stty cols 250")
    machine.sh("test -e /tmp/before", status=1)
    assert vms(machine) == {}
    machine.send("shyper system reboot -f\r")
    machine.prompt()


def test_console_at_a_terminal(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/typed.json && shyper vm boot typed")
    machine.send("shyper vm console typed\r")
    machine.expect(r"Ctrl-\] q leaves")
    machine.expect("ready for input: ")
    machine.send("Shy\x1dq")
    machine.prompt()
    machine.send("shyper vm console typed\r")
    machine.expect("ready for input: ")     # what was shown before is shown again
    machine.send("per!")
    machine.expect(r"done: \d+ passed, 0 failed")
    machine.expect(r"\[VM 1 \(typed\) stopped \(off\)\]")
    machine.prompt()
    assert machine.sh("stty -a").count("-echo ") == 0


# regression: 50
def test_what_is_typed_faster_than_it_is_read_arrives(mvm):
    machine = mvm(smp=1, mem=512)
    # Beside this one the management VM has half of the time, so what is typed comes while it does not run.
    machine.sh("printf '%s' '{\"name\": \"spin\", \"kernel\": \"/test/spin.bin\", \"memory\": \"4M\"}' > /tmp/spin.json")
    machine.sh("shyper vm config /tmp/spin.json && shyper vm boot spin && shyper vm console spin --until spinning </dev/null")
    typed = "".join(f"line {n};" for n in range(3000))[:20000]
    machine.send("stty raw -echo; echo rea\"\"dy; head -c 20000 | sha256sum; stty sane\r")
    machine.expect("[\r\n]ready")
    machine.send(typed)
    assert machine.expect("([0-9a-f]{64})  -").group(1) == hashlib.sha256(typed.encode()).hexdigest()
    machine.prompt()
    machine.sh("shyper vm remove spin")


def test_console_in_a_script(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/typed.json && shyper vm boot typed")
    assert "was not shown" in machine.sh("shyper vm console typed --until nonsense --timeout 0.2 </dev/null", status=1)
    assert passed(machine.sh("printf 'Shyper!' | shyper vm console typed --until '0 failed'"))
    machine.sh("shyper vm console mvm --timeout 0 </dev/null", status=1)


REFUSED = [
    ('{"name": "a", "kernel": "/test/hello.bin", "colour": 1}', "colour"),
    ('{"kernel": "/test/hello.bin"}', "name"),
    ('{"name": "a", "kernel": "/test/nothing.bin"}', "/test/nothing.bin"),
    ('{"name": "a", "kernel": "/test/empty.bin"}', "empty.bin"),
    ('{"name": "a", "kernel": "/test/hello.bin", "memory": "100G"}', "memory"),
    ('{"name": "a", "kernel": "/test/hello.bin", "memory": "4K"}', "memory"),
    ('{"name": "a", "kernel": "/test/hello.bin", "cpus": 9}', "cpus"),
    ('{"name": "a", "kernel": "/test/hello.bin", "cpu_bitmap": "0b10000000"}', "cpu"),
    ('{"name": "greeter", "kernel": "/test/hello.bin"}', "already"),
    ('{"name": "a", "kernel": "/test/hello.bin"', "line"),
    ("[]", "object"),
]


def test_what_cannot_be_is_refused_and_leaves_nothing(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh(": > /test/empty.bin")
    machine.sh("shyper vm config /test/greeter.json")
    before = free(machine)
    for text, word in REFUSED:
        machine.sh(f"printf '%s' '{text}' > /tmp/x.json")
        said = machine.sh("shyper vm config /tmp/x.json", status=1)
        assert word in said, f"{text} gave: {said}"
        assert list(vms(machine)) == ["greeter"] and free(machine) == before, text
    assert "/tmp/none.json" in machine.sh("shyper vm config /tmp/none.json", status=1)
    assert machine.sh("ls -d /run/shyper/1 /run/shyper/new", status=1).count("No such file") == 1
    for verb in ("stop", "remove", "boot"):
        assert "management VM" in machine.sh(f"shyper vm {verb} 0", status=1)


@pytest.mark.parametrize("gic", [2, 3])
def test_guest_memory_takes_direct_io_and_refuses_misuse(mvm, gic):
    machine = mvm(gic=gic, smp=2, mem=512)
    machine.sh("insmod /test/brd.ko rd_nr=1 rd_size=1024 && shyper vm config /test/greeter.json")
    said = machine.sh("/test/guestmem 1", status=None)
    assert "done: 0 failed" in said, said
    machine.sh("shyper vm remove greeter && shyper vm config /test/greeter.json && shyper vm boot greeter")
    assert passed(ended(machine, "greeter"))
    assert "in use" in machine.sh("exec 9<>/dev/shyper; rmmod shyper 2>&1 || echo in use; exec 9>&-")

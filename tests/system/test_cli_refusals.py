# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around the command: files that are none, outputs that take nothing, several commands at once, commands that
are killed. Each time there is a message, a status, and nothing half-made."""
import json
import re

from test_cli import ended, passed, vms
from test_cli_memory import MIB, config, filled, info

COUNTERS = ("pool_free_bytes", "vms")


def counters(machine):
    now = info(machine)
    return {what: now[what] for what in COUNTERS}


# regression: 6, 65
def test_files_that_cannot_be_profiles_or_images(mvm):
    machine = mvm(smp=2, mem=512)
    before = counters(machine)
    machine.sh("mkdir /tmp/folder; mkfifo /tmp/pipe; : > /tmp/empty; ln -s loop /tmp/loop; ln -s nowhere /tmp/lost")
    machine.sh("long=$(head -c 10000 /dev/zero | tr '\\0' x)")
    for path, reason in (("/tmp/folder", "is a folder"), ("/tmp/pipe", "is a pipe"), ("/dev/zero", "is a device"),
                         ("/dev/ttyAMA0", "is a device"), ("/tmp/empty", "line 1"), ("/proc/self/mem", "Input/output error"),
                         ("/tmp/loop", "symbolic links"), ("/tmp/lost", "No such file"), ("/tmp/none/x", "No such file"),
                         ("/tmp/$long", "name too long"), ("''", "No such file")):
        said = machine.sh(f"shyper vm config {path}", status=1)
        assert reason in said and "nothing was made" in said, said[-500:]
        if not path.startswith(("/tmp/$", "/proc", "''")):
            printed = machine.sh(f"printf '{{\"name\": \"a\", \"kernel\": \"{path}\"}}' > /tmp/x.json; "
                                 "shyper vm config /tmp/x.json", status=1)
            assert path in printed, printed
    # Long names in the profile and on the command line.
    machine.sh("printf '{\"name\": \"%s\", \"kernel\": \"/test/hello.bin\"}' $long > /tmp/x.json")
    assert "name: has to be 1 to 31 characters" in machine.sh("shyper vm config /tmp/x.json", status=1)
    machine.sh("printf '{\"name\": \"a\", \"kernel\": \"/tmp/%s\"}' $long > /tmp/x.json")
    assert "name too long" in machine.sh("shyper vm config /tmp/x.json", status=1)
    assert "no VM has the name" in machine.sh("shyper vm boot $long 2>&1 | head -c 300; shyper vm boot $long 2>/dev/null", status=3)
    # Large and deep.
    machine.sh("(head -c 1048577 /dev/zero | tr '\\0' ' ') > /tmp/x.json")
    assert "is larger than 1048576 bytes" in machine.sh("shyper vm config /tmp/x.json", status=1)
    machine.sh("(head -c 1048576 /dev/zero | tr '\\0' '[') > /tmp/x.json")
    assert "maximum parsing depth" in machine.sh("shyper vm config /tmp/x.json", status=1)
    machine.sh("(printf '{\"name\": \"'; head -c 1048000 /dev/zero | tr '\\0' n; printf '\"}') > /tmp/x.json")
    assert "name: has to be" in machine.sh("shyper vm config /tmp/x.json", status=1)
    # Cut off on the way here.
    machine.sh("head -c 30000 /usr/share/shyper/hello.bin > /tmp/cut.bin")
    assert "is cut short: 30000 of" in config(machine, {"name": "a", "kernel": "/tmp/cut.bin"}, status=1)
    assert "empty" in config(machine, {"name": "a", "kernel": "/test/hello.bin", "ramdisk": "/tmp/empty"}, status=1)
    assert counters(machine) == before and vms(machine) == {}


# regression: 66
def test_images_with_long_names_arrive_whole(mvm):
    machine = mvm(smp=2, mem=1024)
    folder = "/tmp" + "/d" * 24
    machine.sh(f"cp /test/hello.bin /tmp/k; for i in $(seq 15); do deep=$deep/$(head -c 254 /dev/zero | tr '\\0' d); done; "
               f"mkdir -p {folder} /tmp$deep")
    for length, size in ((31, 31 * MIB), (32, 32 * MIB), (4000, 33 * MIB)):
        at = "/tmp$deep" if length == 4000 else "/tmp"
        machine.sh(f"at={at}; name=$at/$(head -c $(({length} - ${{#at}} - 1)) /dev/zero | tr '\\0' r); "
                   f"test ${{#name}} = {length} && /test/guestmem - $name {size}")
        machine.sh("printf '{\"name\": \"long\", \"memory\": \"64M\", \"image\": {\"kernel_filename\": \"/test/hello.bin\", "
                   "\"ramdisk_filename\": \"%s\", \"ramdisk_load_ipa\": \"0x41000000\"}}' $name > /tmp/x.json")
        machine.sh("shyper vm config /tmp/x.json")
        assert f"same {size} bytes" in machine.sh("/test/guestmem 1 $name 0x41000000")
        machine.sh("shyper vm boot long")
        assert passed(ended(machine, "long"))
        machine.sh("shyper vm reboot long")                         # loads them from the same file again
        assert passed(ended(machine, "long"), times=2)
        machine.sh("shyper vm remove long; rm $name")


# regression: 65
def test_outputs_that_take_nothing(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin")
    for command in ("vm list", "vm list -o json", "vm stat spin", "vm log spin -o json", "system info", "system log -o json",
                    "vm getvmid", "--help", "--version"):
        assert "cannot write" in machine.sh(f"shyper {command} > /dev/full", status=1), command
        assert "cannot write" in machine.sh(f"shyper {command} >&-", status=1), command
        machine.sh(f"shyper {command} | true")
        machine.sh(f"shyper {command} 2>&- <&- > /dev/null")
    # What was asked for has been done, and whole.
    assert "cannot write" in machine.sh("shyper vm config /test/greeter.json > /dev/full", status=1)
    assert vms(machine)["greeter"]["state"] == "created"
    machine.sh("shyper vm boot greeter >&-", status=1)
    assert passed(ended(machine, "greeter"))
    machine.sh("shyper vm console spin </dev/null | head -c 1")     # ends at the first byte it cannot write
    assert vms(machine)["spin"]["state"] == "running"


def test_what_two_commands_want_one_gets(mvm):
    machine = mvm(smp=2, mem=512)
    before = counters(machine)
    both = "({0}; echo first=$?) >/tmp/1 2>&1 & ({1}; echo second=$?) >/tmp/2 2>&1; wait; cat /tmp/1 /tmp/2"
    for _ in range(5):
        said = machine.sh(both.format(*["shyper vm config /test/spin.json"] * 2))
        assert sorted(re.findall(r"(?:first|second)=(\d)", said)) == ["0", "1"] and "is called 'spin' already" in said, said
        said = machine.sh(both.format(*["shyper vm boot spin"] * 2))
        assert sorted(re.findall(r"(?:first|second)=(\d)", said)) == ["0", "1"], said
        machine.sh(both.format("shyper vm pause spin", "shyper vm stop spin"))
        assert vms(machine)["spin"]["state"] in ("stopped", "paused")
        said = machine.sh(both.format("shyper vm reboot spin", "shyper vm remove spin"))
        assert "second=0" in said, said
        machine.sh("shyper vm config /test/spin.json")
        said = machine.sh(both.format(*["shyper vm remove spin"] * 2))
        assert re.search("first=0|second=0", said) and re.search("first=[13]|second=[13]", said), said
    assert counters(machine) == before and vms(machine) == {}


def test_removal_under_load(mvm):
    """Guests that print what nobody reads, use every core, and go while they do."""
    machine = mvm(smp=2, mem=512)
    before = counters(machine)
    profile = {"name": "flood", "kernel": "/test/flood.bin", "memory": "4M"}
    for _ in range(3):
        config(machine, profile)
        machine.sh("shyper vm boot flood && shyper vm config /test/spin.json && shyper vm boot spin")
        machine.sh("shyper vm console flood </dev/null >/dev/null & shyper vm remove flood; wait")
        machine.sh("shyper vm remove spin")
    assert counters(machine) == before and vms(machine) == {}


def test_a_command_that_is_ended_leaves_nothing_half_made(mvm):
    """SIGINT and SIGKILL at any point of config, boot and remove. The VM is there as a whole or not at all, at the latest when
    the next command has been through."""
    machine = mvm(smp=2, mem=1024)
    filled(machine, "/tmp/ramdisk", 40 * MIB)
    machine.sh("printf '%s' '" + json.dumps({
        "name": "large", "memory": "128M", "image": {"kernel_filename": "/test/hello.bin", "ramdisk_filename": "/tmp/ramdisk",
                                                     "ramdisk_load_ipa": "0x41000000"}}) + "' > /tmp/large.json")
    before = counters(machine)
    made = 0
    for signal in ("INT", "KILL"):
        for delay in ("0.01", "0.04", "0.1", "0.3"):
            machine.sh(f"sh -c 'trap - INT; exec shyper vm config /tmp/large.json' >/dev/null 2>&1 & sleep {delay}; "
                       f"kill -{signal} $! 2>/dev/null; wait", status=None)
            machine.sh("shyper vm config /test/spin.json && shyper vm remove spin")
            now = vms(machine)
            assert list(now) in ([], ["large"])
            if now:
                made += 1
                number = now["large"]["id"]
                assert f"same {40 * MIB} bytes" in machine.sh(f"/test/guestmem {number} /tmp/ramdisk 0x41000000")
                machine.sh(f"shyper vm boot large >/dev/null & sleep {delay}; kill -{signal} $! 2>/dev/null; wait", status=None)
                machine.sh(f"shyper vm remove large >/dev/null & sleep {delay}; kill -{signal} $! 2>/dev/null; wait", status=None)
                machine.sh("shyper vm remove large", status=None)
            assert vms(machine) == {} and counters(machine) == before
    assert made > 0


def test_the_module_stays_while_a_vm_made_here_exists(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin")
    assert "unavailable" in machine.sh("rmmod shyper", status=1)
    assert vms(machine)["spin"]["state"] == "running"
    machine.sh("shyper vm remove spin")
    assert "unavailable" in machine.sh("rmmod shyper", status=1)       # the daemon uses it
    pid = json.loads(machine.sh("shyper system info -o json"))["daemon"]["pid"]
    machine.sh(f"ln -sf /bin/false /usr/sbin/shyperd && kill {pid} && while [ -d /proc/{pid} ]; do usleep 50000; done; rmmod shyper")
    assert "kernel module is not loaded" in machine.sh("shyper vm list", status=4)
    machine.sh("insmod /lib/modules/shyper.ko")
    assert vms(machine) == {}

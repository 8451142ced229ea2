# SPDX-License-Identifier: Apache-2.0
"""`shyper system daemon` in the real management VM: who may talk to it, and what it does for whom."""
import json

MEMBER = "/test/as 1000 900 "           # of the group
STRANGER = "/test/as 65534 65534 "


def test_members_of_the_group_are_served_and_nobody_else(mvm):
    machine = mvm(smp=2, mem=512)
    assert machine.sh("stat -c '%a %u %g' /run/shyper/socket") == "660 0 900\n"
    assert machine.sh("stat -c '%a %u %g' /run/shyper") == "750 0 900\n"
    assert "mvm" in machine.sh(MEMBER + "shyper vm list")
    machine.sh(MEMBER + "shyper vm config /test/greeter.json && " + MEMBER + "shyper vm boot greeter")
    assert "0 failed" in machine.sh(MEMBER + "shyper vm console greeter </dev/null")
    assert "only root" in machine.sh(MEMBER + "shyper system shutdown -f", status=1)
    assert "as a member of the group shyper" in machine.sh(STRANGER + "shyper vm list", status=1)
    # A stranger whom the file's mode let through is still a stranger.
    machine.sh("chmod 755 /run/shyper && chmod 666 /run/shyper/socket")
    assert "neither root nor in the group" in machine.sh(STRANGER + "shyper vm list", status=1)
    machine.sh(MEMBER + "shyper vm remove greeter")
    assert json.loads(machine.sh("shyper system info -o json"))["daemon"]["refused"] > 0


def test_other_users_get_at_nothing(mvm):
    """Neither by the command's verbs nor past it: the device, the daemon's files, its memory, signals to it."""
    machine = mvm(smp=2, mem=512)
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin && shyper vm config /test/greeter.json")
    before = json.loads(machine.sh("shyper vm list -o json"))
    pid = json.loads(machine.sh("shyper system info -o json"))["daemon"]["pid"]
    for verb in ("list", "config /test/pair.json", "boot greeter", "stop -f spin", "pause spin", "reboot -f spin", "remove -f spin",
                 "console spin", "log spin", "stat spin", "delconfig spin"):
        assert "as a member of the group shyper" in machine.sh(f"{STRANGER} shyper vm {verb} </dev/null", status=1), verb
    for verb in ("info", "log", "shutdown -f", "reboot -f", "daemon"):
        assert "shyper: " in machine.sh(f"{STRANGER} shyper system {verb} </dev/null", status=1), verb
    for user in (STRANGER, MEMBER):
        for command in ("cat /dev/shyper", "cp /dev/null /dev/shyper", "devmem 0x40000000", f"head -c 1 /proc/{pid}/mem",
                        f"ls /proc/{pid}/fd", "insmod /lib/modules/shyper.ko", "rmmod shyper"):
            said = machine.sh(f"{user} {command}", status=None)
            assert "ermission denied" in said or "not permitted" in said, said
        assert "not permitted" in machine.sh(f"{user} kill -9 {pid}", status=1)
        machine.sh(f"{user} touch /run/shyper/x /run/shyper/lock /run/shyper/socket", status=1)
    assert "ermission denied" in machine.sh(f"{STRANGER} ls /run/shyper/console", status=1)
    assert json.loads(machine.sh("shyper vm list -o json")) == before
    assert json.loads(machine.sh("shyper system info -o json"))["daemon"]["pid"] == pid
    machine.sh("shyper vm remove spin && shyper vm remove greeter")

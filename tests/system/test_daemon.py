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

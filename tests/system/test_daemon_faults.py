# SPDX-License-Identifier: Apache-2.0
"""The daemon when things go wrong around it: it is killed at any moment, disks are full, guests crash and hang, commands race."""
import json
import random
import re

import pytest

MEMBER = "/test/as 1000 900 "


def vms(machine):
    """{name: description} of all VMs but the management VM."""
    return {vm["name"]: vm for vm in json.loads(machine.sh("shyper vm list -o json")) if vm["id"] != 0}


def counters(machine):
    """What a life of VMs must give back: guest memory, the hypervisor's own, and what is kept."""
    info = json.loads(machine.sh("shyper system info -o json"))
    kept = machine.sh("ls -d /run/shyper/[0-9]* /run/shyper/new /run/shyper/console/* 2>/dev/null | sort", status=None)
    return info["vms"], info["pool_free_bytes"], info["hyp_free_bytes"], kept


def daemon(machine):
    return json.loads(machine.sh("shyper system info -o json"))["daemon"]


def other_daemon(machine, pid):
    """Wait for the one that follows process `pid`."""
    machine.sh("until shyper system info -o json | grep '\"pid\"' | grep -qv '\"pid\": %d,'; do usleep 50000; done" % pid)


def profile(machine, name, **keys):
    text = json.dumps({"name": name, "memory": "4M", **keys})
    machine.sh(f"printf '%s' '{text}' > /tmp/{name}.json && shyper vm config /tmp/{name}.json")


# regression: 81
def test_restart_policies(mvm):
    machine = mvm(smp=2, mem=512)
    crash = {"policy": "on-crash", "delay_ms": 100}
    profile(machine, "stray", kernel="/test/astray.bin", restart={"policy": "always", "delay_ms": 100})
    profile(machine, "status", kernel="/test/exit.bin", restart=crash)
    profile(machine, "hung", kernel="/test/beats.bin", restart=crash, heartbeat_ms=1500)
    profile(machine, "off", kernel="/test/hello.bin", restart={"policy": "always", "delay_ms": 100})
    profile(machine, "calm", kernel="/test/hello.bin", restart=crash)
    profile(machine, "never", kernel="/test/exit.bin")
    machine.sh("for vm in stray status hung off calm never; do shyper vm boot $vm; done")
    # These live several times: on the console each life says the same.
    for name, words in (("stray", "going astray"), ("status", "leaving"), ("off", "done: ")):
        machine.sh(f"until [ $(shyper vm console {name} --timeout 0 </dev/null | grep -c '{words}') -ge 3 ]; do usleep 100000; done")
    assert "0 failed" in machine.sh("shyper vm console hung --until 'second life beats' </dev/null && shyper vm console hung "
                                    "</dev/null")
    ended = vms(machine)
    assert (ended["calm"]["state"], ended["calm"]["reason"]) == ("stopped", "off")
    assert (ended["never"]["state"], ended["never"]["reason"]) == ("stopped", "exit")
    # A VM that was stopped stays so, also one that waits for its next start.
    machine.sh("for vm in stray status off; do shyper vm stop $vm 2>/dev/null; done", status=None)
    machine.sh("for vm in stray status off; do until shyper vm stop $vm 2>&1 | grep -q 'not run'; do usleep 100000; done; done")
    ended = vms(machine)
    assert [ended[name]["restart_in_ms"] for name in ("stray", "status", "off", "calm", "never")] == [None] * 5
    assert [ended[name]["restarts"] >= 2 for name in ("stray", "status", "off")] == [True] * 3
    assert [ended[name]["restarts"] for name in ("hung", "calm", "never")] == [1, 0, 0]
    machine.sh("for vm in stray status hung off calm never; do shyper vm remove $vm; done")


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.long)])
def test_a_killed_daemon_leaves_nothing_half_made(mvm, kills):
    machine = mvm(smp=2, mem=512, limit_s=240 + 20 * kills)
    profile(machine, "keeper", kernel="/test/progress.bin", restart="always")
    machine.sh("shyper vm boot keeper && shyper vm remove keeper")
    before = counters(machine)
    rng = random.Random(kills)
    profile(machine, "bystander", kernel="/test/spin.bin")
    machine.sh("shyper vm boot bystander")
    with_bystander = counters(machine)
    machine.sh("printf '%s' 'i=0; while [ -e /tmp/go ]; do i=$((i+1)); for n in a b; do shyper vm config /tmp/load-$n.json; "
               "shyper vm boot load-$n; shyper vm reboot load-$n; shyper vm remove load-$n; done; done' > /tmp/load.sh")
    for name in ("load-a", "load-b"):
        restart = "always" if name == "load-a" else "never"
        machine.sh("printf '%%s' '{\"name\": \"%s\", \"kernel\": \"/test/hello.bin\", \"memory\": \"8M\", \"restart\": \"%s\"}' "
                   "> /tmp/%s.json" % (name, restart, name))
    for _ in range(kills):
        pid = daemon(machine)["pid"]
        machine.sh("touch /tmp/go; (sh /tmp/load.sh >/tmp/load.log 2>&1; touch /tmp/over) & usleep %d; kill -9 %d; rm /tmp/go"
                   % (rng.randrange(50000, 900000), pid))
        machine.sh("until [ -e /tmp/over ]; do usleep 50000; done; rm /tmp/over")
        other_daemon(machine, pid)
        # Whoever is there is whole: it can be started anew, and removed.
        for name, vm in vms(machine).items():
            if name == "bystander":
                assert vm["state"] == "running"
                continue
            if vm["state"] in ("created", "ready", "stopped", "crashed"):
                machine.sh(f"shyper vm boot {name}", status=None)
            assert vms(machine)[name]["state"] in ("running", "stopped"), name
            machine.sh(f"shyper vm remove {name}")
        assert counters(machine) == with_bystander
    machine.sh("shyper vm remove bystander")
    assert counters(machine) == before


def test_a_new_daemon_goes_on_where_the_old_one_was_killed(mvm):
    machine = mvm(smp=2, mem=512)
    profile(machine, "stray", kernel="/test/exit.bin", restart={"policy": "on-crash", "delay_ms": 300})
    profile(machine, "typed", kernel="/test/uart.bin")
    machine.sh("cp /test/exit.bin /tmp/gone.bin")
    profile(machine, "gone", kernel="/tmp/gone.bin", restart={"policy": "on-crash", "delay_ms": 300})
    machine.sh("rm /tmp/gone.bin && shyper vm boot typed && shyper vm console typed --until ready </dev/null")
    machine.sh("shyper vm boot stray && shyper vm boot gone")
    pid = daemon(machine)["pid"]
    machine.sh(f"kill -9 {pid}")
    other_daemon(machine, pid)
    for name in ("stray", "gone"):      # from the images of config time, though the file is gone
        machine.sh(f"until [ $(shyper vm console {name} --timeout 0 </dev/null | grep -c 'leaving') -ge 2 ]; do "
                   "usleep 100000; done")
    # What the console showed to the old one is still there, and it goes on.
    shown = machine.sh("printf 'Shyper!' | shyper vm console typed --until '0 failed'")
    assert "ready for input" in shown
    machine.sh("for vm in stray gone typed; do shyper vm remove $vm; done")


def test_one_daemon_at_a_time_and_none_is_needed(mvm):
    machine = mvm(smp=2, mem=512)
    assert "there is one already, process" in machine.sh("shyper system daemon", status=1)
    # Without one root works alone, others cannot; a dead one's socket does no harm.
    machine.sh("mv /usr/sbin/shyperd /tmp/ && ln -s /bin/false /usr/sbin/shyperd")
    machine.sh("pid=%d; kill -9 $pid; while kill -0 $pid; do usleep 10000; done 2>/dev/null; ls /run/shyper/socket"
               % daemon(machine)["pid"])
    machine.sh("shyper vm config /test/greeter.json && shyper vm boot greeter")
    assert "0 failed" in machine.sh("shyper vm console greeter </dev/null")
    assert "there is no daemon" in machine.sh(MEMBER + "shyper vm list", status=1)
    machine.sh("ln -sf /tmp/shyperd /usr/sbin/shyperd; until shyper system info | grep -q 'daemon  *process'; do usleep 100000; done")
    # The daemon has the VM that was made without it, its images included.
    assert "0 failed" in machine.sh(MEMBER + "shyper vm console greeter </dev/null")
    machine.sh(MEMBER + "shyper vm boot greeter && " + MEMBER + "shyper vm remove greeter")


def test_viewers_see_the_same_and_scroll_back(mvm):
    machine = mvm(smp=2, mem=512)
    profile(machine, "flood", kernel="/test/flood.bin")
    profile(machine, "typed", kernel="/test/uart.bin")
    machine.sh("shyper vm boot typed; for i in 1 2; do shyper vm console typed </dev/null > /tmp/view$i & done; "
               "until grep -q ready /tmp/view1 && grep -q ready /tmp/view2; do usleep 10000; done")
    machine.sh("printf 'Shy' | shyper vm console typed --until 'input: Shy'; printf 'per!' | shyper vm console typed; "
               "wait; cmp /tmp/view1 /tmp/view2 && grep -c '0 failed' /tmp/view1")
    # Far more than the hypervisor keeps (8 KiB), and nobody looks.
    machine.sh("shyper vm boot flood; until [ $(shyper vm console flood --timeout 0 </dev/null 2>/dev/null | wc -c) -gt 200000 ]; "
               "do usleep 200000; done; shyper vm stop flood")
    said = machine.sh("shyper vm console flood </dev/null 2>&1 >/tmp/a; shyper vm console flood </dev/null >/tmp/b 2>/dev/null; "
                      "cmp /tmp/a /tmp/b && stat -c %s /tmp/a")
    assert "stopped (request)" in said
    assert 200000 < int(said.split()[-1]) <= 256 << 10
    machine.sh("shyper vm remove flood && shyper vm remove typed; ls /run/shyper/console | wc -l | grep -q '^0$'")


def test_a_full_disk_loses_log_text_only(mvm):
    machine = mvm(smp=2, mem=512)
    machine.sh("mkdir /var/log/shyper && mount -t tmpfs -o size=64k tmpfs /var/log/shyper")
    profile(machine, "flood", kernel="/test/flood.bin")
    machine.sh("shyper vm config /test/greeter.json && shyper vm boot flood")
    machine.sh("until [ $(shyper system info -o json | sed -n 's/.*\"log_lost\": \\([0-9]*\\).*/\\1/p') -gt 0 ]; do usleep 100000; done")
    machine.sh("shyper vm boot greeter")
    assert "0 failed" in machine.sh("shyper vm console greeter </dev/null")
    assert machine.sh("dmesg | grep -c 'not logged until there is room'") == "2\n"       # of flood, and of greeter
    # The daemon opens a file only while it writes to it, and has written what was shown here.
    machine.sh("shyper vm stop flood && shyper vm console flood </dev/null >/dev/null 2>&1")
    machine.sh("umount /var/log/shyper && mount -t tmpfs -o size=8m tmpfs /var/log/shyper")
    machine.sh("shyper vm boot greeter && shyper vm console greeter </dev/null >/dev/null")
    assert re.search(r"^\[\d+ bytes were lost: no room\]$", machine.sh("cat /var/log/shyper/greeter.log").replace("\r", ""), re.M)
    machine.sh("shyper vm remove flood && shyper vm remove greeter")


def test_commands_race(mvm):
    machine = mvm(smp=2, mem=512)
    before = counters(machine)
    machine.sh("printf '%s' 'for i in 1 2 3 4 5 6; do for v in config\\ /test/greeter.json boot\\ greeter stop\\ greeter "
               "remove\\ greeter; do shyper vm $v; done; done' > /tmp/race.sh")
    machine.sh("for i in 1 2 3; do sh /tmp/race.sh >/tmp/race$i 2>&1 & done; wait")
    said = machine.sh("cat /tmp/race1 /tmp/race2 /tmp/race3")
    for line in said.splitlines():
        assert re.match(r"vm \d+ greeter |shyper: ", line), line
    assert "is called 'greeter' already" in said or "no VM has the name" in said
    machine.sh("shyper vm remove greeter", status=None)
    assert counters(machine) == before


# regression: 68
def test_templates_and_delconfig(mvm):
    machine = mvm(smp=2, mem=512)
    before = counters(machine)
    machine.sh("shyper vm getdefconfig box > /tmp/box.json && shyper vm config /tmp/box.json && shyper vm boot box")
    machine.sh("shyper vm console box --until Hello </dev/null && shyper vm stop box && shyper vm boot box && shyper vm stop box")
    assert "removed" in machine.sh("shyper vm delconfig box")
    machine.sh("shyper vm config /test/spin.json && shyper vm boot spin")
    assert "runs on" in machine.sh("shyper vm delconfig spin -f")
    assert "nothing is kept" in machine.sh("shyper vm reboot spin", status=1)
    assert "removed" in machine.sh("shyper vm delconfig spin")
    assert counters(machine) == before
    assert json.loads(machine.sh("shyper vm getdefconfig linux"))["type"] == "VM_T_LINUX"


# regression: 69
def test_it_is_small_and_needs_no_huge_pages(mvm):
    machine = mvm(smp=2, mem=512)
    assert machine.sh("cat /proc/sys/vm/nr_hugepages") == "0\n"
    for n in range(4):
        profile(machine, f"g{n}", kernel="/test/hello.bin")
        machine.sh(f"shyper vm boot g{n}")
    status = daemon(machine)
    assert 100 << 10 < status["resident_bytes"] < 4 << 20 and status["kept_bytes"] < 2 << 20
    machine.sh("for n in 0 1 2 3; do shyper vm remove g$n; done")


# regression: 81
def test_what_is_gone_with_the_management_vms_restart_is_said(mvm):
    machine = mvm(smp=2, mem=512)
    profile(machine, "spin", kernel="/test/spin.bin", restart="always")
    assert vms(machine)["spin"]["images"] == "copies"
    machine.sh("shyper vm boot spin")
    machine.send("echo b > /proc/sysrq-trigger\r")
    machine.expect("mvm asked for a reset")
    machine.prompt()
    machine.sh("stty cols 250")
    machine.sh("until dmesg | grep -q 'spin) has a restart policy, but its images are gone'; do usleep 100000; done")
    spin = vms(machine)["spin"]
    assert (spin["state"], spin["images"], spin["restarts"]) == ("running", "none", 0)
    machine.sh("shyper vm stop spin && shyper vm remove spin")

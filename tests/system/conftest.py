# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the system tests. Machines are made by machine.py and end with their test, whatever happens in it."""
import hashlib
import os
import re

import pytest
from machine import BUILD, Machine

KERNEL_ABI = "6.1.0-50-cloud-arm64"


def is_ours(folder, item):
    """Of several processes that go through the same tests, the first that comes to one has it."""
    try:
        name = hashlib.sha256(item.nodeid.encode()).hexdigest()
        os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def pytest_runtestloop(session):
    """TEST_CLAIMS: a folder in which the processes that share the tests say which they have (tests/run_all)."""
    folder = os.environ.get("TEST_CLAIMS")
    if not folder or session.testsfailed:       # tests that cannot be read: pytest ends by itself
        return None
    for item in session.items:
        if is_ours(folder, item):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return True


@pytest.fixture
def start(request):
    """start(**options) starts a machine; the options are those of machine.Machine."""
    machines = []

    def start_machine(**options):
        name = re.sub(r"[^\w.-]+", "_", request.node.name) + (f"-{len(machines)}" if machines else "")
        machines.append(Machine(name, **options))
        return machines[-1]

    yield start_machine
    for machine in machines:
        machine.close()


@pytest.fixture
def linux():
    """Options of a machine that boots the management VM's Linux alone, without the hypervisor."""
    return {
        "kernel": os.path.join(BUILD, "third_party/linux/boot/vmlinuz-" + KERNEL_ABI),
        "initrd": os.path.join(BUILD, "mvm/initramfs.cpio"),
        "append": "console=ttyAMA0 quiet cma=0 rdinit=/init",
    }


@pytest.fixture
def shyper():
    """Options of a machine that boots Shyper with the management VM, as make run does."""
    return {
        "kernel": os.path.join(BUILD, os.environ.get("COMPILER", "gcc"), "hypervisor/shyper.bin"),
        "initrd": os.path.join(BUILD, "bundle.cpio"),
    }


@pytest.fixture
def mvm(start, shyper):
    """mvm(**options) is a machine at the management VM's prompt that has /test (tests/system/build.mk). The hypervisor switches
    it off at the end of the test."""
    machines = []

    def boot(**options):
        with_test = dict(shyper, initrd=os.path.join(BUILD, "system-test/bundle.cpio"), limit_s=240)
        machine = start(**{**with_test, **options})
        machine.prompt()
        machine.sh("stty cols 250")             # the shell would break long lines in its echo
        machines.append(machine)
        return machine

    yield boot
    for machine in machines:
        machine.send("shyper system shutdown\r")
        assert machine.wait_end() == 0

# SPDX-License-Identifier: Apache-2.0
"""The shyper command and its module. First without Shyper, where both have to say so; then with it."""


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
    for verb in "info log reboot shutdown".split():
        assert f"system {verb}" in said
    assert "unknown command 'vm lst'" in machine.sh("shyper vm lst", status=2)
    assert "does not take --force" in machine.sh("shyper vm list -f", status=2)
    machine.send("poweroff -f\r")
    assert machine.wait_end() == 0

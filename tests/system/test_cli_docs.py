# SPDX-License-Identifier: Apache-2.0
"""What is made from the command table and the pages, beside the command: completion, manual pages, JSON schemas, the module's DKMS
folder. The last test compares real results with their schemas."""
import json
import os
import re
import shutil
import subprocess

import jsonschema
import pytest
from conftest import KERNEL_ABI
from machine import BUILD, ROOT
from test_cli import ended

SCHEMAS = os.path.join(ROOT, "docs/cli/schema")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def schemas():
    """{"vm list": schema, ...}"""
    found = {}
    for name in sorted(os.listdir(SCHEMAS)):
        schema = json.loads(read(f"docs/cli/schema/{name}"))
        jsonschema.Draft7Validator.check_schema(schema)
        found.update({command: schema for command in schema["title"].split(", ")})
    return found


def completed(tmp_path, *words):
    """What bash offers for the last word; `shyper vm list` knows two VMs."""
    shyper = tmp_path / "shyper"
    shyper.write_text("#!/bin/sh\nprintf 'ID  NAME   STATE\\n0   mvm    running\\n1   hello  exited (status 3)\\n'\n")
    shyper.chmod(0o755)
    script = ("source docs/cli/shyper.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _shyper; "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script, "bash", "shyper", *words], cwd=ROOT, capture_output=True, text=True, check=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.stderr == ""
    return set(done.stdout.split())


def test_completion_knows_commands_options_and_vms(tmp_path):
    assert completed(tmp_path, "") == {"vm", "system"}
    assert {"list", "pause", "resume", "log"} <= completed(tmp_path, "vm", "")
    assert completed(tmp_path, "vm", "re") == {"resume", "reboot", "remove"}
    assert "shutdown" in completed(tmp_path, "system", "sh")
    assert completed(tmp_path, "vm", "boot", "") == {"mvm", "hello"}
    assert completed(tmp_path, "vm", "boot", "-o", "json", "h") == {"hello"}
    assert completed(tmp_path, "vm", "boot", "hello", "") == set()
    assert completed(tmp_path, "vm", "list", "-") == {"--output", "--help"}
    assert completed(tmp_path, "vm", "list", "-o", "") == {"table", "json"}
    assert completed(tmp_path, "vm", "console", "hello", "--t") == {"--timeout"}
    assert completed(tmp_path, "vm", "console", "--until", "") == set()
    assert completed(tmp_path, "vm", "config", "docs/cli/shyper.b") == {"docs/cli/shyper.bash"}
    assert completed(tmp_path, "nonsense", "") == set()


@pytest.mark.parametrize("page, words", [("shyper.1", ["EXIT STATUS", "vm resume VM"]), ("shyperd.8", ["ACCESS", "EXIT STATUS"]),
                                         ("shyper-profile.5", ["memory.region[]", "symbols"])])
def test_manual_page_is_well_formed(page, words):
    done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-rLL=100n", os.path.join(BUILD, "mvm/man", page)],
                          capture_output=True, text=True, check=True)
    warnings = [line for line in done.stderr.splitlines() if "can't break line" not in line and "cannot adjust" not in line]
    assert warnings == []
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    for word in ["DESCRIPTION", *words]:
        assert word in shown, word


def test_every_command_with_a_result_has_a_schema():
    with_result = set(re.findall(r"^    '(\w+ \w+)'\) .*--output", read("docs/cli/shyper.bash"), re.MULTILINE))
    assert "vm list" in with_result and with_result <= set(schemas())


def test_the_module_builds_as_dkms_does_it(tmp_path):
    made = os.path.join(BUILD, "mvm/dkms")
    (folder,) = os.listdir(made)
    version = folder.split("-")[1]
    shutil.copytree(os.path.join(made, folder), tmp_path / "shyper" / version / "build")
    script = 'source "$0"; eval "${MAKE[0]}"'
    headers = os.path.join(BUILD, "third_party/linux/usr/src/linux-headers-" + KERNEL_ABI)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "DEB_"))}
    done = subprocess.run(["bash", "-c", script, os.path.join(made, folder, "dkms.conf")], capture_output=True, text=True,
                          env={**environment, "dkms_tree": str(tmp_path), "kernel_source_dir": headers, "ARCH": "arm64",
                               "CROSS_COMPILE": "aarch64-linux-gnu-"}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    module = tmp_path / "shyper" / version / "build" / "shyper.ko"
    assert f"vermagic={KERNEL_ABI} ".encode() in module.read_bytes()


# regression: 65
def test_results_are_as_their_schemas_say(mvm):
    machine = mvm(smp=2, mem=512)
    known = schemas()

    def check(words):
        result = json.loads(machine.sh(f"shyper {words} -o json"))
        command = " ".join(words.split()[:2])
        jsonschema.validate(result, known[command], cls=jsonschema.Draft7Validator)
        checked.add(command)
        return result

    checked = set()
    machine.sh("shyper vm config /test/astray.json && shyper vm boot astray")
    ended(machine, "astray")
    check("vm config /test/spin.json")
    check("vm boot spin")
    machine.sh("shyper vm console spin --until spinning </dev/null")
    check("vm pause spin")
    assert {vm["state"] for vm in check("vm list")} == {"running", "stopped", "paused"}
    check("vm resume spin")
    check("vm reboot spin")
    check("vm stat spin")
    check("vm stat mvm")
    check("vm stop spin")
    check("vm log spin")
    assert check("vm log astray")["fault"]["kind"] == "write"
    check("vm getvmid")
    check("system info")
    check("system log")
    check("vm delconfig spin")
    with_result = set(re.findall(r"^    '(\w+ \w+)'\) .*--output", read("docs/cli/shyper.bash"), re.MULTILINE))
    assert checked == with_result

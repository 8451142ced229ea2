# SPDX-License-Identifier: Apache-2.0
"""tools/setup: pins are checked, failures say what to do, and a machine that is ready is left alone."""
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import textwrap

import pytest
from machine import ROOT


@pytest.fixture
def project(tmp_path):
    """A folder with only tools/setup and a manifest of one tree, whose tarball lies in the cache already."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "third_party").mkdir()
    (tmp_path / "build/cache").mkdir(parents=True)
    shutil.copy(os.path.join(ROOT, "tools/setup"), tmp_path / "tools/setup")
    with tarfile.open(tmp_path / "build/cache/thing_1.0.orig.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("thing-1.0/hello.txt")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"hello"))
    write_manifest(tmp_path, hashlib.sha256((tmp_path / "build/cache/thing_1.0.orig.tar.gz").read_bytes()).hexdigest())
    return tmp_path


def write_manifest(project, sha256):
    (project / "third_party/manifest").write_text(textwrap.dedent(f"""\
        # a comment

        Tree: thing
        For: run
        Package: src:thing
        Version: 1.0-1
        Suite: trixie
        File: thing_1.0.orig.tar.gz
        SHA256: {sha256}
        Licence: none
        Why: a test
        Upgrade: never
        """))


def run_setup(project, *words, **environment):
    environment = {**os.environ, "SHYPER_CACHE": str(project / "build/cache"), **environment}
    return subprocess.run([project / "tools/setup", *words], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)


def test_a_tree_is_unpacked_once(project):
    assert run_setup(project, "tree", "thing").returncode == 0
    hello = project / "build/third_party/thing/hello.txt"
    assert hello.read_text() == "hello"
    hello.write_text("touched")
    assert run_setup(project, "tree", "thing").returncode == 0
    assert hello.read_text() == "touched"


def test_a_moved_pin_names_the_line_and_the_way_out(project):
    write_manifest(project, "0" * 64)
    nowhere = project / "no-mirror-here"
    done = run_setup(project, "tree", "thing", SHYPER_MIRROR=f"file:{nowhere}")
    assert done.returncode != 0
    assert "third_party/manifest:3: thing 1.0-1" in done.stdout
    assert "SHYPER_MIRROR" in done.stdout
    assert not (project / "build/third_party/thing").exists()
    assert not (project / "build/third_party/.thing").exists()


def test_an_unknown_tree_is_refused(project):
    done = run_setup(project, "tree", "nothing")
    assert done.returncode != 0
    assert "no tree named 'nothing'" in done.stdout


def test_this_machine_is_ready_and_left_alone():
    before = os.stat(os.path.join(ROOT, "build/third_party/.linux")).st_ino
    done = subprocess.run([os.path.join(ROOT, "tools/setup"), "test"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert done.stdout == ""
    assert os.stat(os.path.join(ROOT, "build/third_party/.linux")).st_ino == before

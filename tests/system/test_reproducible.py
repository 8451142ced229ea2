# SPDX-License-Identifier: Apache-2.0
"""Two builds of one source, in different places, at different times and under different host names, are the same bytes; and the
images of both compilers boot."""
import os
import re
import shutil
import subprocess
import time

import pytest
from machine import BUILD, ROOT

SHIPPED = ("gcc/hypervisor/shyper.bin", "mvm/initramfs.cpio", "bundle.cpio", "gcc/uk/aarch64/system/system.img",
           "gcc/sdk/aarch64/lib/unishyper/manifest.aarch64")
# What comes with those
WITH_THEM = tuple(f"gcc/sdk/aarch64/lib/unishyper/aarch64/{name}" for name in ("kernel/fs-posix-shell/uk.kernel.o", "lib/libc.a", "lib/libuk.a"))


def make(folder, *words, prefix=()):
    # A make that runs these tests must not share its job slots or its variables with this one.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "COMPILER"))}
    done = subprocess.run([*prefix, "make", "-j2", *words], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def copy_of_the_tree(folder):
    """The files under version control, with the downloads and third-party trees of this one."""
    files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for path in filter(lambda path: os.path.isfile(os.path.join(ROOT, path)), files.stdout.split()):
        os.makedirs(os.path.dirname(folder / path), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, path), folder / path)
    os.makedirs(folder / "build")
    for shared in ("third_party", "setup", "cache", "apt"):
        if os.path.exists(os.path.join(BUILD, shared)):
            os.symlink(os.path.join(BUILD, shared), folder / "build" / shared)


# regression: 71
# regression: uk 77
def test_two_builds_are_identical(tmp_path):
    folders = [tmp_path / "here", tmp_path / "some/where/else"]
    elsewhere = ["unshare", "--uts", "sh", "-c", 'hostname build-host-2 && exec "$@"', "sh"]
    for folder, prefix in zip(folders, ([], elsewhere)):
        copy_of_the_tree(folder)
        make(folder, *(os.path.join("build", name) for name in SHIPPED), prefix=prefix)
    dates = [time.strftime(form).encode() for form in ("%Y-%m-%d", "%b %d %Y", "%b %e %Y")]
    for name in SHIPPED + WITH_THEM:
        one, other = ((folder / "build" / name).read_bytes() for folder in folders)
        assert one == other, f"{name} differs"
        told = [word for word in [b"build-host-2", str(tmp_path).encode(), *dates] if word in one]
        assert not told, f"{name} holds {told}"


# regression: 71
@pytest.mark.alone
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("gic", ["2", "3"])
def test_the_image_of_each_compiler_boots(start, shyper, compiler, gic):
    make(ROOT, f"COMPILER={compiler}", "hypervisor")
    machine = start(**dict(shyper, kernel=os.path.join(BUILD, compiler, "hypervisor/shyper.bin")), gic=gic, smp=2, mem=512,
                    limit_s=120)
    machine.prompt()
    assert re.search(rf"^GIC +v{gic}$", machine.sh("shyper system info"), re.MULTILINE)
    machine.send("shyper system shutdown\r")
    assert machine.wait_end() == 0

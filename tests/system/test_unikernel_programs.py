# SPDX-License-Identifier: Apache-2.0
"""Programs that were not written for the unikernel, unmodified: zlib's, and SQLite's with threads on."""
import gzip
import os
import random
import shutil
import sqlite3
import subprocess

import pytest
from machine import BUILD, ROOT, Slot
from test_unikernel_files import MACHINES, OUT

MINIMAL = ["aarch64", "riscv64", "q35"]
# In make test all of them on aarch64
ISAS = ["aarch64", pytest.param("riscv64", marks=pytest.mark.long), pytest.param("q35", marks=pytest.mark.long)]
FUZZDATA = [os.path.join(BUILD, f"third_party/sqlite/test/fuzzdata{number}.db") for number in range(1, 9)]


def command_of(machine, program, arguments, initrd=None, mem=64, smp=1):
    isa, qemu = MACHINES[machine]
    more = [] if initrd is None else ["-initrd", str(initrd)]
    return [os.path.join(ROOT, "tools/uk_run.py"), "--", *qemu, "-m", str(mem), "-smp", str(smp), "-nodefaults", "-display", "none",
            "-no-reboot", "-kernel", os.path.join(OUT, isa, program, program + ".img"), "-append", arguments, *more]


@pytest.fixture
def runs(start):
    """runs(machine, program, arguments...) starts the program's image."""
    def start_program(*what, limit_s=300, **how):
        return start(limit_s=limit_s, command=command_of(*what, **how))
    return start_program


def archive_of(folder, tmp_path):
    with open(tmp_path / "initrd", "wb") as out:
        subprocess.run("ls | cpio --quiet -o -H newc", shell=True, cwd=folder, stdout=out, check=True)
    return tmp_path / "initrd"


@pytest.mark.parametrize("files", [["lua/app.mk"], ["zlib/lib.mk", "zlib_example/app.mk"], ["sqlite/lib.mk", "sqlite_speedtest1/app.mk"]],
                         ids=["lua", "zlib", "sqlite"])
def test_a_program_takes_fewer_than_twenty_lines_and_the_page_has_them(files):
    texts = [open(os.path.join(ROOT, "apps", name), encoding="utf-8").read() for name in files]
    assert sum(text.count("\n") for text in texts) < 20
    page = open(os.path.join(ROOT, "docs/porting-app.md"), encoding="utf-8").read()
    for text in texts:
        assert f"```make\n{text}```" in page


@pytest.mark.parametrize("machine", MINIMAL)
def test_zlib_passes_its_own_test(runs, machine):
    vm = runs(machine, "zlib_example", "")
    for line in ["uncompress(): hello, hello!", "gzread(): hello, hello!", "gzgets() after gzseek:  hello!", "inflate(): hello, hello!",
                 "large_inflate(): OK", "after inflateSync(): hello, hello!", "inflate with dictionary: hello, hello!"]:
        vm.expect(line.replace("(", r"\(").replace(")", r"\)") + "\r+\n")
    assert vm.wait_end() == 0


@pytest.fixture
def texts(tmp_path):
    """A folder with files that are easy, hard and pointless to compress, and nothing at all."""
    folder = tmp_path / "texts"
    folder.mkdir()
    chance = random.Random(2026)
    (folder / "words").write_text(" ".join(chance.choice(["line", "of", "words", "\r\n", "\n", "again"]) for _ in range(20000)))
    (folder / "noise").write_bytes(chance.randbytes(100000))
    (folder / "zeros").write_bytes(bytes(500000))
    (folder / "empty").write_bytes(b"")
    return folder


# What the console prints of a program's output: a carriage return before the end of each line.
def printed(machine, program, arguments, initrd):
    slot = Slot()
    try:
        done = subprocess.run(command_of(machine, program, arguments, initrd), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300,
                              check=False)
    finally:
        slot.release()
    assert done.returncode == 0
    return done.stdout.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("machine", MINIMAL)
def test_the_host_reads_what_minigzip_compressed_and_the_other_way_round(texts, tmp_path, machine):
    words = (texts / "words").read_bytes()
    (texts / "words.gz").write_bytes(gzip.compress(words, 9))
    initrd = archive_of(texts, tmp_path)
    for name in "words", "noise":
        output = printed(machine, "zlib_minigzip", f"-c -9 /initrd/{name}", initrd)
        assert gzip.decompress(output[output.index(b"\x1f\x8b\x08"):]) == (texts / name).read_bytes()
    assert printed(machine, "zlib_minigzip", "-c -d /initrd/words.gz", initrd).endswith(words)


@pytest.mark.parametrize("machine", ISAS)
@pytest.mark.parametrize("name,level", [("words", "-9"), ("noise", "-1"), ("zeros", "-6"), ("empty", "-h")])
def test_files_in_memory_come_back_from_minigzip(runs, texts, tmp_path, machine, name, level):
    vm = runs(machine, "zlib_roundtrip", f"copy /initrd/{name} /tmp/it , minigzip {level} /tmp/it , minigzip -d /tmp/it.gz , "
              f"same /tmp/it /initrd/{name} , copy /tmp/it.gz /tmp/gone", initrd=archive_of(texts, tmp_path))
    for command, status in [("copy", 0), ("minigzip", 0), ("minigzip", 0), ("same", 0), ("copy", 1)]:
        vm.expect(f"{command}: status {status}\r+\n")
    assert vm.wait_end() == 1


def hash_on_host(options):
    output = subprocess.run([os.path.join(BUILD, "host/sqlite_speedtest1"), *options.split(), ":memory:"], stdout=subprocess.PIPE, check=True, text=True,
                            timeout=300).stdout
    return [line for line in output.splitlines() if line.startswith("Verification Hash:")][0]


def speedtest1(runs, machine, options, more="", **how):
    """Its statements have the results they have on the host."""
    vm = runs(machine, "sqlite_speedtest1", f"{options} --verify {more} /tmp/speed.db", **how)
    vm.expect(f"{hash_on_host(options + ' --verify')}\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", MINIMAL)
def test_statements_of_speedtest1_have_the_results_of_the_host(runs, machine):
    speedtest1(runs, machine, "--size 2", mem=128)


@pytest.mark.parametrize("mode", ["truncate", "persist", "memory", "off", "wal"])
@pytest.mark.parametrize("machine", ISAS)
def test_each_way_to_keep_a_journal_has_the_same_results(runs, machine, mode):
    speedtest1(runs, machine, "--size 1", f"--journal {mode}", mem=128)


@pytest.mark.parametrize("machine", ISAS)
def test_a_database_that_is_mapped_has_the_same_results(runs, machine):
    speedtest1(runs, machine, "--size 1", "--mmap 16777216", mem=128)


@pytest.mark.long
@pytest.mark.parametrize("testset", ["main", "cte", "rtree", "orm", "fp"])
@pytest.mark.parametrize("machine", MINIMAL)
def test_all_of_speedtest1_has_the_results_of_the_host(runs, machine, testset):
    speedtest1(runs, machine, f"--size 20 --testset {testset}", "--threads 4", mem=512, smp=4, limit_s=1800)


@pytest.mark.parametrize("machine", ISAS)
def test_a_store_of_keys_and_values_is_whole_after_each_way_to_use_it(runs, machine):
    vm = runs(machine, "sqlite_kvtest", "kvtest init /tmp/k --count 300 --size 4000 , kvtest run /tmp/k --random --integrity-check , "
              "kvtest run /tmp/k --update --blob-api --integrity-check , kvtest stat /tmp/k")
    vm.expect("kvtest: status 0\r+\n")
    for _ in range(2):
        vm.expect("integrity-check: ok\r+\n")
        vm.expect("kvtest: status 0\r+\n")
    vm.expect("Number of entries: +300\r+\n")
    vm.expect("Integrity-check: +ok\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", ISAS)
def test_blobs_are_the_same_in_files_and_with_each_change_on_disk(runs, machine):
    vm = runs(machine, "sqlite_kvtest", "kvtest init /tmp/k --count 100 --size 9000 , kvtest run /tmp/k --update --fsync --multitrans --jmode truncate , "
              "kvtest export /tmp/k /tmp/out , kvtest run /tmp/out --asc , copy /tmp/out/000007 /tmp/it")
    for _ in range(4):
        vm.expect("kvtest: status 0\r+\n")
    vm.expect("copy: status 0\r+\n")
    assert vm.wait_end() == 0


def threadtest3(runs, machine, tests):
    vm = runs(machine, "sqlite_threadtest3", " ".join(tests), mem=512, smp=4, limit_s=1800)
    for name in tests:
        vm.expect(rf"Running {name} for \d+ seconds\.\.\.\r+\n")
    vm.expect(rf"0 errors out of {len(tests)} tests\r+\n")
    assert vm.wait_end() == 0


@pytest.mark.parametrize("machine", ISAS)
def test_threads_use_a_database_at_the_same_time(runs, machine):
    # stress1 works on what it finds: on cgt_pager_1's table, if it inserts before it has dropped that, and then it fails
    threadtest3(runs, machine, ["stress1", "cgt_pager_1"])


@pytest.mark.long
@pytest.mark.parametrize("machine", MINIMAL)
def test_threads_write_ahead_in_every_way_at_the_same_time(runs, machine):
    threadtest3(runs, machine, [*(f"walthread{number}" for number in range(1, 6)), "checkpoint_starvation_1", "checkpoint_starvation_2"])


@pytest.mark.long
@pytest.mark.parametrize("machine", MINIMAL)
def test_threads_change_a_database_in_every_way_at_the_same_time(runs, machine):
    threadtest3(runs, machine, ["dynamic_triggers", "create_drop_index_1", "lookaside1", "vacuum1", "stress2", "shared1"])


def fuzzcheck(runs, machine, sources, tests, initrd, limit_s=300):
    vm = runs(machine, "sqlite_fuzzcheck", " ".join(f"/initrd/{name}" for name in sources), initrd=initrd, mem=512, limit_s=limit_s)
    vm.expect(rf"fuzzcheck: 0 errors out of {tests} tests in ")
    assert vm.wait_end() == 0


def cases_of(source, to, every=1):
    """Make a database of fuzzcheck with a part of the cases of another; how many these are."""
    shutil.copy(source, to)
    base = sqlite3.connect(to)
    what, number = ("db", "dbid") if base.execute("SELECT count(*) FROM db").fetchone()[0] else ("xsql", "sqlid")
    if every > 1:
        base.execute(f"DELETE FROM {what} WHERE {number} % {every} <> 1")
        base.commit()
        base.execute("VACUUM")
    count = base.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
    base.close()
    return count


@pytest.mark.parametrize("machine", ISAS)
def test_what_fuzzers_found_does_no_harm(runs, tmp_path, machine):
    folder = tmp_path / "cases"
    folder.mkdir()
    count = sum(cases_of(source, folder / os.path.basename(source), 200) for source in FUZZDATA)
    assert count > 200
    fuzzcheck(runs, machine, sorted(os.listdir(folder)), count, archive_of(folder, tmp_path))


@pytest.mark.long
@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("machine", MINIMAL)
def test_all_that_fuzzers_found_does_no_harm(runs, tmp_path, machine, number):
    folder = tmp_path / "cases"
    folder.mkdir()
    count = cases_of(FUZZDATA[number], folder / "all")
    fuzzcheck(runs, machine, ["all"], count, archive_of(folder, tmp_path), limit_s=3600)

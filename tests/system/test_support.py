# SPDX-License-Identifier: Apache-2.0
"""docs/support.md may promise only what a test backs."""
import os
import re

import pytest
from machine import ROOT

ROWS = [line for line in open(os.path.join(ROOT, "docs/support.md"), encoding="utf-8") if line.startswith("| ")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:50])
def test_what_is_called_supported_names_tests_that_exist(row):
    tests = re.findall(r"`(tests/[^`]+)`", row)
    missing = [test for test in tests if not os.path.isfile(os.path.join(ROOT, test))]
    assert not missing
    assert tests or "| supported" not in row

"""The page of faults says what the tests do, and nothing else."""

from __future__ import annotations

from orchestrator.docs import pages
from tests import faults


def test_the_page_is_the_one_that_the_tests_write() -> None:
    written = faults.page(faults.found())
    assert faults.PAGE.read_text("utf-8") == written, "write it anew: python -m tests.faults"
    assert "faults" in pages.topics()


def test_every_fault_is_one_of_the_thirty() -> None:
    numbers = {one.number for one in faults.found()}
    assert numbers
    assert numbers <= set(range(1, 31))

"""Golden transcripts: what an operator reads stands in the diff of every change."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

TRANSCRIPTS = Path(__file__).parent / "cases" / "transcripts"

# What a shell starts in the background is born deaf to Ctrl-C, and so would be all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def transcript() -> Callable[[str, str], None]:
    """Compares a text with its golden file; WRITE_TRANSCRIPTS=1 writes it anew for review."""

    def same(name: str, text: str) -> None:
        golden = TRANSCRIPTS / f"{name}.txt"
        if os.environ.get("WRITE_TRANSCRIPTS"):
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")

    return same

"""One process of the sandbox, as a value: what runs, where, and how one sees that it is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Space = Literal["node", "cloud", "host"]


@dataclass(frozen=True)
class Part:
    """A long-running process.

    space:    the network namespace it lives in, `host` for this machine's own
    address:  where it answers, as people read it; empty when nobody calls it
    ready:    whether it answers now; quick, never raises
    sources:  files whose content it reads only at its start: a change restarts it
    wait_s:   how long it may take to become ready
    """

    name: str
    argv: tuple[str, ...]
    space: Space
    address: str = ""
    ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Path, ...] = ()
    wait_s: float = 60.0

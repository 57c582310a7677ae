"""How one part of a sandbox stands: its name, state, address, process and log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartStatus:
    """One line of `sandbox status`.

    `state` is `up`, `down` or `unhealthy`; `address` and `log` are empty where there is none,
    `pid` is 0 for a part without a process of its own.
    """

    name: str
    state: str
    address: str = ""
    pid: int = 0
    log: str = ""
    detail: str = ""

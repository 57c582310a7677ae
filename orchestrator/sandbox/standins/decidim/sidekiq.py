"""The configuration of the worker: which queues it serves, and with how many threads.

The file alone decides. A queue that it does not list fills up without a word, and the variable
for the number of threads is read by nobody.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_CONCURRENCY = re.compile(r"^:?concurrency:\s*(\d+)\s*$")
_QUEUES = re.compile(r"^:?queues:\s*$")
_QUEUE = re.compile(r"^\s*-\s*(?:\[\s*([\w-]+)\s*,\s*(\d+)\s*\]|([\w-]+))\s*$")
_THREADS = 5
_NOTHING_SAID = (("default", 1),)


@dataclass(frozen=True)
class Configuration:
    """`queues` with their weights; all weights 1 means strictly in that order."""

    queues: tuple[tuple[str, int], ...]
    concurrency: int = _THREADS

    @property
    def names(self) -> tuple[str, ...]:
        """The queues that are served."""
        return tuple(name for name, _ in self.queues)

    def order(self, chance: Callable[[], float] = random.random) -> Sequence[str]:
        """In which order the queues are looked at this time; the heavier, the likelier first."""
        if all(weight == 1 for _, weight in self.queues):
            return self.names
        keys = {name: chance() ** (1 / weight) for name, weight in self.queues}
        return sorted(self.names, key=lambda name: -keys[name])


def read(path: Path) -> Configuration:
    """What the file says. Raises OSError when there is none."""
    concurrency, queues, inside = _THREADS, [], False
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.partition("#")[0].rstrip()
        if found := _CONCURRENCY.match(line):
            concurrency = int(found[1])
        elif inside and (queue := _QUEUE.match(line)):
            queues.append((queue[1] or queue[3], int(queue[2] or 1)))
        elif line:
            inside = bool(_QUEUES.match(line))
    return Configuration(tuple(queues) or _NOTHING_SAID, concurrency)

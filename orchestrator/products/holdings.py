"""What belongs to an instance's recovery point, in the words of its product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Holdings:
    """Everything that must come back together.

    database:   name of the database within the server
    keys:       paths of secrets without which the data cannot be read, each with the keys whose
                change makes it unreadable
    derivation: how the product derives keys from them, as text that changes when that does
    references: statement that yields a JSON list of the objects that rows name: `key`, `size`,
                `md5` in base64; with `{at}` for the moment, a timestamp in UTC; '' without a bucket
    flushed:    commands that empty caches and queues, which speak of what came after: by workload
    """

    database: str
    keys: Mapping[str, tuple[str, ...]]
    derivation: str = ""
    references: str = ""
    flushed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

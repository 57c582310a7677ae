"""How a copy is made in which nobody can be recognised, in the words of its product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Anonymity:
    """What has to be known beside what holds for every database.

    file:     name of the list, as people know it
    rules:    its text: for every column whether it is kept, masked or dropped
    public:   statement that yields a JSON list of texts that stay on purpose: the town's name
    pruned:   statements that remove rows of uploads that nothing shows
    uploads:  statement that yields a JSON list of the uploads that are left: `key` and `type`
    uploaded: statement that tells the size and checksum of what was put in their place; with
              `{rows}` for rows of key, size in bytes and MD5 in base64
    """

    file: str
    rules: str
    public: str
    pruned: tuple[str, ...]
    uploads: str
    uploaded: str

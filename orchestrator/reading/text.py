"""From the bytes of a file to its text: what no YAML reader should even be shown."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.errors.config import Fault

SIZE_LIMIT = 256 * 1024
_BOM = b"\xef\xbb\xbf"
_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read(path: Path, name: str) -> tuple[str, tuple[Fault, ...]]:
    """The text, or the faults for which it is not worth reading on; `name` is what people see."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= SIZE_LIMIT else b""
    except OSError as error:
        return "", (Fault(name, 0, "", f"cannot be read: {error.strerror or error}"),)
    if size > SIZE_LIMIT:
        message = f"is {size} bytes long, more than the {SIZE_LIMIT} that are read"
        return "", (Fault(name, 0, "", message),)
    if raw.startswith(_BOM):
        message = "begins with a byte order mark: save it as UTF-8 without one"
        return "", (Fault(name, 1, "", message),)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8: byte {raw[error.start]:#04x} is not allowed there"
        return "", (Fault(name, line, "", message),)
    return text, tuple(_unwanted(text, name))


def _unwanted(text: str, name: str) -> list[Fault]:
    if not text.strip():
        return [Fault(name, 0, "", "is empty")]
    found: list[Fault] = []
    for pattern, message in (
        (_TAB, "is indented with a tab: use spaces"),
        (_CONTROL, "holds a control character: remove it"),
    ):
        ends = (match.end() for match in pattern.finditer(text))
        found += [Fault(name, text.count("\n", 0, end) + 1, "", message) for end in ends]
    return found

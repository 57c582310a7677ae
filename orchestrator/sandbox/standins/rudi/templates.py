"""Filling in the templates of settings as a stream editor does it, with what that breaks."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.sandbox.standins.rudi.environment import TEMPLATE_NAMES, Environment


class BrokenValueError(ValueError):
    """A value that ends the editor's command too early."""


def expand(path: Path, environment: Environment) -> None:
    """Write `path` from `path.am`; without a template, what is there stays as it is.

    Raises BrokenValueError, and OSError where the folder cannot be written.
    """
    template = path.with_name(f"{path.name}.am")
    if not template.is_file():
        return
    text = template.read_text(encoding="utf-8")
    for name in TEMPLATE_NAMES:
        text = text.replace(f"@{name}@", replacement(name, environment.text(name)))
    path.write_text(text, encoding="utf-8")


def replacement(name: str, value: str) -> str:
    """What the editor puts in place of a name. Raises BrokenValueError.

    The value stands unquoted between tildes: a tilde or a space ends it, `&` stands for what was
    found, and a backslash hides the letter after it.
    """
    if "~" in value or re.search(r"\s", value):
        message = f"sed: -e expression: unknown or unterminated option to `s' in {name}"
        raise BrokenValueError(message)
    return re.sub(
        r"\\(.)|&", lambda found: found[1] if found[1] is not None else f"@{name}@", value
    )

"""Configuration files of the sandbox's parts, written only when they differ."""

from __future__ import annotations

import os
from pathlib import Path


def written(path: Path, text: str) -> Path:
    """Have a file with this text, 0600, and the one folder it lies in; its path.

    Raises FileNotFoundError when that folder has none to lie in: who only looks at a sandbox that
    is being removed does not begin it anew.
    """
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return path
    scratch = path.with_name(f"{path.name}.{os.getpid()}.new")
    scratch.write_text(text, encoding="utf-8")
    scratch.chmod(0o600)
    scratch.replace(path)
    return path

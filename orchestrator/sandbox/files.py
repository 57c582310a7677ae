"""Configuration files of the sandbox's parts, written only when they differ."""

from __future__ import annotations

from pathlib import Path


def written(path: Path, text: str) -> Path:
    """Have a file with this text, 0600; its path."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return path
    scratch = path.with_name(path.name + ".new")
    scratch.write_text(text, encoding="utf-8")
    scratch.chmod(0o600)
    scratch.replace(path)
    return path

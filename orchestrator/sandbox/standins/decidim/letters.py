"""The letter opener: mails kept in a folder and shown to everybody, instead of being sent.

The product obeys this switch in production, too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.release import HOME

PATH = "/letter_opener"
FOLDER = HOME / "tmp" / "letter_opener"


def wanted(environment: Environment) -> bool:
    """Whether mails are published."""
    return environment.enabled("ENABLE_LETTER_OPENER")


def keep(mail: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Publish one mail."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"To: {mail['to']}\nSubject: {mail['subject']}\n\n{mail['body']}"
    (folder / f"{time.time_ns()}.txt").write_text(text, encoding="utf-8")


def shown(folder: Path = FOLDER) -> str:
    """All of them as HTML; each process has a folder of its own."""
    letters = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    return "".join(f"<pre>{escape(each.read_text(encoding='utf-8'))}</pre>" for each in letters)

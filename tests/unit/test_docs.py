"""What is written is true: every code has a page in both languages, every link leads somewhere."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import orchestrator.errors
from orchestrator.docs import pages
from orchestrator.errors.root import ExitStatus, known_codes

ROOT = Path(__file__).parents[2]
WRITTEN = sorted([ROOT / "README.md", *(ROOT / "orchestrator" / "docs").rglob("*.md")])
COMMAND = re.compile(r"`(orchestrator [a-z][^`]*)`")


def codes() -> list[str]:
    for module in pkgutil.iter_modules(orchestrator.errors.__path__):
        importlib.import_module(f"orchestrator.errors.{module.name}")
    return sorted(code for code, kind in known_codes().items() if "orchestrator" in kind.__module__)


@pytest.mark.parametrize("code", codes())
def test_every_code_has_its_page_in_both_languages(code: str) -> None:
    text = pages.page(code, language="en")
    assert text.startswith(f"# {code}\n")
    for heading in ("## Cause", "## Fix", "## Example"):
        assert heading in text
    french = pages.page(code, language="fr")
    assert french != text
    assert "Cause" in french


def test_no_page_tells_of_a_code_that_is_gone() -> None:
    assert set(pages.codes()) <= set(codes())


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_named_exists(path: Path) -> None:
    from orchestrator.cli.main import root

    for line in COMMAND.findall(path.read_text(encoding="utf-8")):
        words = [word for word in line.split()[1:] if re.fullmatch(r"[a-z]+", word)]
        command = root.get_command(None, words[0])  # type: ignore[arg-type]
        assert command is not None, line
        if hasattr(command, "commands") and len(words) > 1:
            assert words[1] in command.commands, line


def test_every_exit_code_is_told() -> None:
    text = (ROOT / "orchestrator" / "docs" / "topics" / "exit-codes.md").read_text("utf-8")
    listed = [int(number) for number in re.findall(r"^    (\d+) ", text, flags=re.MULTILINE)]
    assert listed == [int(one) for one in ExitStatus]

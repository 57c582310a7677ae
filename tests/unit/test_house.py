"""The size of things: a module, a function, the callback of a command."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path for folder in ("orchestrator", "stacks") for path in (ROOT / folder).rglob("*.py")
)
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
LONGEST_MEDIAN = 150
WHOLE_TEXTS = {"text"}  # a file's template reads best in one piece
PROGRAM = """
import sys
from orchestrator.cli.main import answer
status = answer({arguments!r})
sys.exit(",".join(sorted({slow!r} & set(sys.modules))) or status)
"""
CLIENTS = {"ansible", "boto3", "botocore", "cryptography", "grpc", "hvac", "kubernetes", "pulumi"}
STARTS = [
    (["--help"], CLIENTS | {"pydantic", "rich", "ruamel.yaml"}),
    # The full YAML reader is for faults: every file that comes with us is plain enough without.
    (["plan", "saint-martin", "--offline"], CLIENTS | {"ruamel.yaml"}),
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_grows_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name in WHOLE_TEXTS:
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, node.name


def test_half_of_the_modules_are_short() -> None:
    assert median(len(path.read_text("utf-8").splitlines()) for path in MODULES) <= LONGEST_MEDIAN


@pytest.mark.parametrize(("arguments", "slow"), STARTS, ids=["help", "offline plan"])
def test_a_command_starts_without_what_is_slow(arguments: list[str], slow: set[str]) -> None:
    import subprocess  # noqa: TID251 - a fresh interpreter tells what it imported
    import sys

    program = PROGRAM.format(arguments=arguments, slow=slow)
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert told.returncode == 0, told.stderr

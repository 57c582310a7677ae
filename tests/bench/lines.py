"""How a figure is printed: its name, the figure, what it is of."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(os.environ.get("ORCHESTRATOR_ROOT", Path(__file__).parents[2]))
CLONE = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("orchestrator"))
FIRST, SECOND = "les-trois-moulins", "pays-de-brenne"


def figure(name: str, value: float, unit: str, of: str) -> None:
    """One figure with its ratio or share."""
    number = f"{value:10.2f}" if unit == "s" else f"{value:10.0f}"
    sys.stdout.write(f"{name:28}{number} {unit:3}  {of}\n")
    sys.stdout.flush()


def left_out(name: str, reason: str) -> None:
    """A figure that cannot be had here, and why."""
    sys.stdout.write(f"{name:28}{'left out':>10}      {reason}\n")
    sys.stdout.flush()

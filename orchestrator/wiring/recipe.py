"""A verb as the wiring carries it out: its steps, what it was asked for, and its last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.engine.step import Step
from orchestrator.products.toolbox import Toolbox
from orchestrator.wiring.case import Case


@dataclass(frozen=True)
class LastWords:
    """What is said after success, each a line an instance; `next` may be empty."""

    now_true: str
    where: str
    next: str


@dataclass(frozen=True)
class Recipe:
    """One verb.

    steps:   the runbook of an instance
    told:    what is said in the end, of all instances together
    options: what it was asked for beside the subject; a resumed run finds it there
    at_once: whether no instance waits for another that it needs, so that all are shut together
    about:   digest of the person it is about, for the journal of acts; '' where it is about none
    """

    verb: str
    steps: Callable[[Case, Toolbox], list[Step]]
    told: Callable[[Sequence[Case]], LastWords]
    options: Mapping[str, str] = field(default_factory=dict)
    at_once: bool = False
    about: str = ""

"""Asking a person: yes, the name typed, a question of the wizard. Refused when nobody is there.

What is asked follows from the plan's risk and not from the command, because a small edit of a file
can delete a database.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.errors.engine import CancelledError
from orchestrator.errors.usage import (
    AnswerNeededError,
    ConfirmationNeededError,
    NameDiffersError,
    NameNeededError,
)
from orchestrator.model.change import Risk
from orchestrator.ui.console import Console

_YES = frozenset({"y", "yes", "o", "oui"})


@dataclass(frozen=True)
class Consent:
    """What was agreed to beforehand: `--yes`, and the name given with `--confirm`."""

    yes: bool = False
    name: str = ""


def confirm(console: Console, what: str, *, risk: Risk, name: str, consent: Consent) -> None:
    """Come back only when the change is agreed to.

    Raises ConfirmationNeededError when nobody is there, NameNeededError when `--yes` stands where
    the name must, NameDiffersError for another name, CancelledError when the person says no.
    """
    if consent.name and consent.name != name:
        raise NameDiffersError(consent.name, wanted=name)
    if risk is Risk.NONE or consent.name:
        return
    if risk is Risk.DESTROYS:
        _name_typed(console, what, name, consent)
    elif not consent.yes:
        _said_yes(console, what)


def answer(console: Console, question: str, *, default: str = "", flag: str) -> str:
    """One answer of the wizard; the default for an empty line.

    Raises AnswerNeededError, naming the flag, when nobody is there.
    """
    if not console.someone_there:
        raise AnswerNeededError((flag,))
    shown = f"{question} [{default}]:" if default else f"{question}:"
    for _ in range(3):
        given = console.ask(shown) or default
        if given:
            return given
    raise AnswerNeededError((flag,))


def _said_yes(console: Console, what: str) -> None:
    if not console.someone_there:
        raise ConfirmationNeededError(what, flag="--yes")
    if console.ask(f"Carry out {what}? [y/N]").lower() not in _YES:
        raise CancelledError(what)


def _name_typed(console: Console, what: str, name: str, consent: Consent) -> None:
    if consent.yes:
        raise NameNeededError(what, name=name)
    if not console.someone_there:
        raise ConfirmationNeededError(what, flag=f"--confirm {name}")
    console.insist(f"{what} destroys data. A script would say `--confirm {name}`.")
    if console.ask(f"Type {name} to go on:") != name:
        raise CancelledError(what)

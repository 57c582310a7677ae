"""The danger ladder: what is asked, and what a script must say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.errors.engine import CancelledError
from orchestrator.errors.usage import (
    AnswerNeededError,
    ConfirmationNeededError,
    NameDiffersError,
    NameNeededError,
)
from orchestrator.model.change import Risk
from orchestrator.ui import ask
from orchestrator.ui.ask import Consent

WHAT = "onboard saint-martin/decidim"


def confirm(seen: Any, risk: Risk, **consent: Any) -> None:
    ask.confirm(seen.console, WHAT, risk=risk, name="saint-martin", consent=Consent(**consent))


def test_nothing_is_asked_when_nothing_changes(
    screen: Callable[..., Any], answers: Callable[..., None]
) -> None:
    answers(there=False)
    seen = screen(terminal=False)
    confirm(seen, Risk.NONE)
    assert seen.err.getvalue() == ""


@pytest.mark.parametrize("risk", [Risk.MILD, Risk.INTERRUPTS])
class TestYes:
    @pytest.mark.parametrize("said", ["y", "YES", "oui"])
    def test_yes(
        self, screen: Callable[..., Any], answers: Callable[..., None], risk: Risk, said: Any
    ) -> None:
        answers(said)
        seen = screen()
        confirm(seen, risk)
        assert seen.err.getvalue() == f"Carry out {WHAT}? [y/N] "
        assert seen.out.getvalue() == ""

    @pytest.mark.parametrize("said", [("",), ("n",), ("yess",), ()])
    def test_anything_else_is_no(
        self, screen: Callable[..., Any], answers: Callable[..., None], risk: Risk, said: Any
    ) -> None:
        answers(*said)
        with pytest.raises(CancelledError):
            confirm(screen(), risk)

    def test_the_flag_is_the_answer_of_a_script(
        self, screen: Callable[..., Any], answers: Callable[..., None], risk: Risk
    ) -> None:
        answers(there=False)
        confirm(screen(terminal=False), risk, yes=True)

    def test_nobody_there(
        self, screen: Callable[..., Any], answers: Callable[..., None], risk: Risk
    ) -> None:
        answers(there=False)
        with pytest.raises(ConfirmationNeededError, match="nobody is there") as caught:
            confirm(screen(terminal=False), risk)
        assert "--yes" in caught.value.hints[0]
        assert caught.value.exit_status == 2


class TestDestroys:
    def test_the_name_typed(self, screen: Callable[..., Any], answers: Callable[..., None]) -> None:
        answers("saint-martin")
        seen = screen()
        confirm(seen, Risk.DESTROYS)
        assert "--confirm saint-martin" in seen.err.getvalue()

    @pytest.mark.parametrize("said", ["y", "saint-martin2", ""])
    def test_another_word(
        self, screen: Callable[..., Any], answers: Callable[..., None], said: Any
    ) -> None:
        answers(said)
        with pytest.raises(CancelledError):
            confirm(screen(), Risk.DESTROYS)

    def test_yes_is_not_enough(
        self, screen: Callable[..., Any], answers: Callable[..., None]
    ) -> None:
        answers("saint-martin")
        with pytest.raises(NameNeededError):
            confirm(screen(), Risk.DESTROYS, yes=True)

    def test_the_flag_with_the_name(
        self, screen: Callable[..., Any], answers: Callable[..., None]
    ) -> None:
        answers(there=False)
        confirm(screen(terminal=False), Risk.DESTROYS, name="saint-martin")

    def test_nobody_there(self, screen: Callable[..., Any], answers: Callable[..., None]) -> None:
        answers(there=False)
        with pytest.raises(ConfirmationNeededError) as caught:
            confirm(screen(terminal=False), Risk.DESTROYS)
        assert "--confirm saint-martin" in caught.value.hints[0]


@pytest.mark.parametrize("risk", list(Risk))
def test_a_wrong_name_is_refused_whatever_the_risk(
    screen: Callable[..., Any], answers: Callable[..., None], risk: Risk
) -> None:
    answers("y")
    with pytest.raises(NameDiffersError):
        confirm(screen(), risk, name="saint-martinn")


def test_the_wizard_asks_and_takes_defaults(
    screen: Callable[..., Any], answers: Callable[..., None]
) -> None:
    answers("", "", "Ville")
    seen = screen()
    assert ask.answer(seen.console, "Platform", default="sandbox", flag="--platform") == "sandbox"
    assert ask.answer(seen.console, "Legal name", flag="--legal-name") == "Ville"


def test_the_wizard_names_the_flag_when_nobody_is_there(
    screen: Callable[..., Any], answers: Callable[..., None]
) -> None:
    answers(there=False)
    with pytest.raises(AnswerNeededError, match="--platform"):
        ask.answer(screen(terminal=False).console, "Platform", default="x", flag="--platform")

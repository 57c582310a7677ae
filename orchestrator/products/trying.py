"""What checks of all products are made of: verdicts, asking the site, waiting for something."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from orchestrator.ports import WebAnswer
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

WAIT_S = 180.0
EVERY_S = 0.5
STRANGER = "stranger.example"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
REFUSALS = frozenset({400, 403, 404, 421})


class NotAccepted(Exception):  # noqa: N818 - a verdict rather than a fault
    """A check did not pass; its text says what was seen instead."""


class GivenUp(NotAccepted):
    """What a check waited for did not come; to wait once more would show nothing new."""


class Answer(dict[str, Any]):
    """What somebody said; what they should have said and did not is a verdict as well."""

    def __init__(self, who: str, said: Mapping[str, Any]) -> None:
        super().__init__(said)
        self._who = who

    def __missing__(self, key: str) -> NoReturn:
        """Refuse: the product and what we know of it are not of the same release."""
        refuse(f"{self._who} does not say `{key}`")


def refuse(why: str, cause: Exception | None = None) -> NoReturn:
    """Raise NotAccepted."""
    raise NotAccepted(why) from cause


def expect(subject: AnySubject, tools: Toolbox, path: str, *wanted: int) -> str:
    """A path of the site answers with one of these statuses. Raises NotAccepted."""
    answer = tools.web.request("GET", f"{subject.public_url}{path}")
    if answer.status not in wanted:
        expected = " or ".join(str(status) for status in wanted)
        refuse(f"{path} answers {answer.status}, not {expected}")
    return f"{path} answers {answer.status}"


def stranger_refused(subject: AnySubject, tools: Toolbox) -> str:
    """A name that is not the site's gets nothing of it."""
    answer = tools.web.request("GET", f"{subject.public_url}/", headers={"Host": STRANGER})
    if answer.status not in REFUSALS:
        refuse(f"asked for as {STRANGER}, it answers {answer.status}")
    return f"{answer.status} for another name"


def header(answer: WebAnswer, name: str) -> str:
    """A header of an answer by its name in small letters, or the empty text."""
    return {key.lower(): value for key, value in answer.headers.items()}.get(name, "")


def wait(tools: Toolbox, holds: Callable[[], bool], otherwise: str) -> None:
    """Ask until it holds. Raises GivenUp after three minutes."""
    until = tools.clock.monotonic() + WAIT_S
    while not holds():
        if tools.clock.monotonic() > until:
            why = f"{otherwise} after {WAIT_S:.0f} s"
            raise GivenUp(why)
        tools.clock.sleep(EVERY_S)


def newest_object(lines: Sequence[str]) -> dict[str, Any]:
    """The newest line that is a JSON object, or nothing; programs may log around it."""
    for line in reversed(lines):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}

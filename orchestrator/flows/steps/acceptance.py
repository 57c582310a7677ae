"""The last step: the site is used as its people will, and what was seen is kept beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.onboard import AcceptanceFailedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows.steps import bootstrap, infrastructure, plays
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.change import Change, Operation
from orchestrator.products.product import AnySubject, Check
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import GivenUp, NotAccepted

NAME = "acceptance"
NOTE = "orchestrator-acceptance"
SETTLE_S = 240.0
PATIENCE_S = 30.0
EVERY_S = 1.0


def accept(subject: AnySubject, tools: Toolbox) -> Step:
    """Every check passed on exactly what runs now, and the site answers."""
    namespace = subject.names.namespace
    checks = subject.product.checks(subject)
    quick = next(iter(checks.values()))

    def look() -> tuple[Change, ...]:
        target = f"checks/{subject.names.product}"
        note = tools.cluster.note(namespace, NOTE)
        if note is None or note.get("fingerprint") != _fingerprint(subject, tools):
            count = len(checks)
            why = _why_again(note)
            return (Change(NAME, Operation.RUN, target, f"{count} checks; {why}"),)
        try:
            quick(subject, tools)
        except NotAccepted as verdict:
            return (Change(NAME, Operation.RUN, target, str(verdict)),)
        return ()

    def act(say: Say) -> None:
        patience = _Patience(tools, PATIENCE_S if _settle(subject, tools, say) else 0.0)
        seen: dict[str, str] = {}
        failures: list[str] = []
        for name, check in checks.items():
            try:
                seen[name] = patience.over(check, subject)
            except NotAccepted as verdict:
                failures.append(f"{name}: {verdict}")
            except OrchestratorError as error:
                failures.append(": ".join((name, error.message, *error.details[-1:])))
            say(f"{name}: {seen.get(name, 'failed')}")
        if failures:
            # What was accepted before is not what runs now.
            failed = {"failed": "; ".join(failures), "at": tools.clock.now().isoformat()}
            tools.cluster.write_note(namespace, NOTE, failed)
            if subject.product.bootstrap(subject):
                # What it brought about may be what is missing now.
                tools.cluster.write_note(namespace, bootstrap.NOTE, {"failed": "acceptance"})
            raise AcceptanceFailedError(
                subject.names.instance, failures=tuple(failures), passed=len(seen)
            )
        body = {name.replace(" ", "-"): text for name, text in seen.items()}
        body |= {"fingerprint": _fingerprint(subject, tools), "at": tools.clock.now().isoformat()}
        tools.cluster.write_note(namespace, NOTE, body)

    return Step(
        NAME,
        promise=f"{subject.public_url} passes {len(checks)} checks",
        look=look,
        act=act,
        holds=once(look),
    )


class _Patience:
    """How long checks that fail are tried again, all of them together.

    A busy machine lets a pod miss its probe for a moment, and one that was just mended may end once
    more before it stays; the entrance knows no way to it then, and whoever asks in that moment
    learns nothing about the site. What fails for half a minute has failed.
    """

    def __init__(self, tools: Toolbox, limit_s: float) -> None:
        self._tools = tools
        self._limit_s = limit_s
        self._until: float | None = None

    def over(self, check: Check[Any, Any], subject: AnySubject) -> str:
        """What a check saw. Raises its last verdict; what it waited for itself is final."""
        while True:
            try:
                return check(subject, self._tools)
            except GivenUp:
                raise
            except (NotAccepted, OrchestratorError):
                if self._ended():
                    raise
            self._tools.clock.sleep(EVERY_S)

    def _ended(self) -> bool:
        """Whether the time is over that began with the first failure; a slow check spends it."""
        now = self._tools.clock.monotonic()
        if self._until is None:
            self._until = now + self._limit_s
        return now >= self._until


def _settle(subject: AnySubject, tools: Toolbox, say: Say) -> bool:
    """Give what is on its way up a while; whether it came up.

    What an earlier step mended may have ended a program again and again, and then it is not started
    at once; the entrance hears of it a moment later still.
    """
    if infrastructure.ready(subject, tools):
        return True
    say("waiting for every part to be ready")
    quick = next(iter(subject.product.checks(subject).values()))
    until = tools.clock.monotonic() + SETTLE_S
    while tools.clock.monotonic() < until:
        tools.clock.sleep(EVERY_S)
        if infrastructure.ready(subject, tools) and _passes(quick, subject, tools):
            return True
    return False


def _passes(check: Check[Any, Any], subject: AnySubject, tools: Toolbox) -> bool:
    try:
        check(subject, tools)
    except (NotAccepted, OrchestratorError):
        return False
    return True


def _why_again(note: Mapping[str, str] | None) -> str:
    if note is None:
        return "never tried"
    return "failed last time" if "failed" in note else "tried on something older"


def _fingerprint(subject: AnySubject, tools: Toolbox) -> str:
    """Of the resources, what the play was given, and the list of checks: what was accepted."""
    play = subject.product.bootstrap(subject)
    parts = [
        tools.facts(known_values(subject, tools)).fingerprint,
        *([plays.fingerprint(play)] if play else []),
        *subject.product.checks(subject),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

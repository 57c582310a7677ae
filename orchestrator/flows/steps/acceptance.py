"""The last step: the site is used as its people will, and what was seen is kept beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.onboard import AcceptanceFailedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows import acceptance
from orchestrator.flows.steps.bootstrap import fingerprint as organisation_fingerprint
from orchestrator.flows.steps.secrets import known_values
from orchestrator.flows.subject import Subject, Toolbox
from orchestrator.model.change import Change, Operation

NAME = "acceptance"
NOTE = "orchestrator-acceptance"


def accept(subject: Subject, tools: Toolbox) -> Step:
    """Every check passed on exactly what runs now, and the site answers."""
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        target = f"checks/{subject.names.product}"
        note = tools.cluster.note(namespace, NOTE)
        if note is None or note.get("fingerprint") != _fingerprint(subject, tools):
            count = len(acceptance.CHECKS)
            why = _why_again(note)
            return (Change(NAME, Operation.RUN, target, f"{count} checks; {why}"),)
        try:
            acceptance.health(subject, tools)
        except acceptance.NotAccepted as verdict:
            return (Change(NAME, Operation.RUN, target, str(verdict)),)
        return ()

    def act(say: Say) -> None:
        seen: dict[str, str] = {}
        failures: list[str] = []
        for name, check in acceptance.CHECKS.items():
            try:
                seen[name] = check(subject, tools)
            except acceptance.NotAccepted as verdict:
                failures.append(f"{name}: {verdict}")
            except OrchestratorError as error:
                failures.append(": ".join((name, error.message, *error.details[-1:])))
            say(f"{name}: {seen.get(name, 'failed')}")
        if failures:
            # What was accepted before is not what runs now.
            failed = {"failed": "; ".join(failures), "at": tools.clock.now().isoformat()}
            tools.cluster.write_note(namespace, NOTE, failed)
            raise AcceptanceFailedError(
                subject.names.instance, failures=tuple(failures), passed=len(seen)
            )
        body = {name.replace(" ", "-"): text for name, text in seen.items()}
        body |= {"fingerprint": _fingerprint(subject, tools), "at": tools.clock.now().isoformat()}
        tools.cluster.write_note(namespace, NOTE, body)

    return Step(
        NAME,
        promise=f"{subject.public_url} passes {len(acceptance.CHECKS)} checks",
        look=look,
        act=act,
        holds=once(look),
    )


def _why_again(note: Mapping[str, str] | None) -> str:
    if note is None:
        return "never tried"
    return "failed last time" if "failed" in note else "tried on something older"


def _fingerprint(subject: Subject, tools: Toolbox) -> str:
    """Of the resources, the organisation and the list of checks: what was accepted."""
    parts = [
        tools.facts(known_values(subject, tools.secrets)).fingerprint,
        organisation_fingerprint(subject),
        *acceptance.CHECKS,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

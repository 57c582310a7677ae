"""The certificate of the public names, where the platform's own authority signs it."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps.secrets import keep
from orchestrator.model.change import Change, Operation
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import certificate_path
from orchestrator.products.toolbox import Toolbox

NAME = "certificate"
RENEW_BEFORE = timedelta(days=30)  # ENC-03 asks for more than 14 days at any time


def certificate(subject: AnySubject, tools: Toolbox) -> Step:
    """A certificate for every public name that lasts another thirty days."""
    domains = subject.instance.domains
    path = certificate_path(subject.names.product)

    def look() -> tuple[Change, ...]:
        kept = tools.secrets.read(path) if tools.secrets.prepared() else None
        target = f"certificate/{domains[0]}"
        if kept is None:
            return (Change(NAME, Operation.CREATE, target, ", ".join(domains)),)
        facts = tools.certificates.describe(kept["chain"])
        if set(facts.names) != set(domains):
            return (Change(NAME, Operation.UPDATE, target, "other public names"),)
        if facts.expires - tools.clock.now() < RENEW_BEFORE:
            return (Change(NAME, Operation.UPDATE, target, f"expires {facts.expires:%Y-%m-%d}"),)
        return ()

    def act(say: Say) -> None:
        say(f"asking the platform's authority to sign {', '.join(domains)}")
        issued = tools.certificates.issue(domains)
        values = {"chain": issued.chain, "key": issued.key}
        keep(tools.secrets, path, values)

    return Step(
        NAME,
        promise="a certificate for every public name lasts another thirty days",
        look=look,
        act=act,
        holds=once(look),
    )

"""GRI: programs that people write into documents, and what keeps them from the server."""

from __future__ import annotations

from orchestrator.policy.finding import (
    Facts,
    Judgement,
    Verdict,
    failed,
    not_applicable,
    passed,
)

_PRODUCT = "grist"
_GVISOR = "gvisor"
_OPEN = (
    "any user's formula runs as the server: it reads every document, key and secret of the instance"
)


def sandboxed(facts: Facts) -> Judgement:
    """GRI-01: formulas run in a sandbox wherever people write them into real documents."""
    if _PRODUCT not in facts.tenant.instances.of():
        return not_applicable("nobody writes formulas here")
    flavour = facts.platform.cluster.formula_sandbox
    if flavour == _GVISOR:
        return passed(f"formulas run in {flavour}")
    if facts.sandbox:
        # This machine may have none, and must never hold real data; people still have to know.
        return Judgement(Verdict.MANUAL, f"let only people you trust write here: {_OPEN}")
    return failed(f"platform {facts.platform.name} has no sandbox for formulas: {_OPEN}")

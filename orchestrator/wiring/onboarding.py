"""The onboarding of a tenant's instances, and what is said when they are live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.flows import onboard
from orchestrator.settings import Settings
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener


def opened(settings: Settings, subject: str, listener: Listener) -> Undertaking:
    """The onboarding of a tenant's instances, or of the one that `TENANT/PRODUCT` names.

    Raises the faults of its files, InstanceNotFoundError.
    """
    return Undertaking(cases.read(settings, subject), RECIPE, listener)


def _told(instances: Sequence[Case]) -> LastWords:
    return LastWords(
        "\n".join(f"{case.names.instance} is live at {case.public_url}" for case in instances),
        "\n".join(_where(case) for case in instances),
        "\n".join(_next(case) for case in instances),
    )


def _where(case: Case) -> str:
    authority = f" --cacert {case.connection.authority}" if case.connection else ""
    return f"curl{authority} {case.public_url}/"


def _next(case: Case) -> str:
    first = case.subject.secrets[0].path
    secrets = f"`vault kv get -mount=tenants/{case.tenant.slug}/kv {first}`"
    sink = case.connection.mail.inbox if case.connection and case.product.invites else ""
    inbox = f" (taken by {sink})" if sink else ""
    return f"{case.product.next_step(case.subject)}{inbox}; secrets: {secrets}"


RECIPE = Recipe(onboard.VERB, lambda case, tools: onboard.steps(case.subject, tools), _told)

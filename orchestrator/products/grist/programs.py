"""Programs that use a workbench: a service account each, with an end that the server keeps (A5)."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.products.grist.api import Api
from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.release import GristRelease
from orchestrator.products.product import Subject
from orchestrator.products.programs import Access
from orchestrator.products.toolbox import Toolbox

ACCOUNTS = "/api/service-accounts"
LABEL = "orchestrator:"
"""What our accounts are called; those of people's own making are left alone."""
KEY = "key"
ROLES = {"read": "viewers", "write": "editors"}


class ServiceAccounts(Access):
    """Accounts of the administrator's that are nobody's own, with rights on the whole site."""

    def __init__(self, subject: Subject[Grist, GristRelease]) -> None:
        self._subject = subject

    def grant(self, tools: Toolbox, program: Program) -> Mapping[str, Secret]:
        """A new account in the place of an older one."""
        self.withdraw(tools, program.name)
        api = Api(self._subject, tools)
        ends = program.ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        made = api.post(
            ACCOUNTS,
            {
                "label": f"{LABEL}{program.name}",
                "description": f"{program.purpose} ({program.owner})",
                "expiresAt": ends,
            },
        )
        delta = {"delta": {"users": {made["login"]: ROLES[program.may]}}}
        api.patch("/api/orgs/current/access", delta)
        return {KEY: Secret(made["key"])}

    def opens(self, tools: Toolbox, program: Program, kept: Mapping[str, Secret]) -> bool:
        """Whether the site is shown to the key's bearer."""
        del program
        if KEY not in kept:
            return False
        answer = tools.web.request(
            "GET",
            f"{self._subject.public_url}/api/orgs/current",
            headers={"Authorization": f"Bearer {kept[KEY].reveal()}"},
        )
        return answer.status == 200

    def withdraw(self, tools: Toolbox, name: str) -> None:
        """Remove every account of that label."""
        api = Api(self._subject, tools)
        for one in api.get(ACCOUNTS):
            if one["label"] == f"{LABEL}{name}":
                api.delete(f"{ACCOUNTS}/{one['id']}")

"""Programs that use a site: an account of the interface each, which a nightly job ends in time.

Such accounts are there from 0.31 on (decidim.md 4.5): signed in with key and secret at
`/api/sign_in`, they are given a token that holds for two hours.
"""

from __future__ import annotations

import json
import secrets as chance
from collections.abc import Mapping

from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.products.decidim.acceptance import DecidimSubject, runner
from orchestrator.products.programs import Access
from orchestrator.products.toolbox import Toolbox

SIGN_IN = "/api/sign_in"
KEY, SECRET = "key", "secret"  # what the interface calls them


class ApiUsers(Access):
    """Accounts that our script makes inside the product; those of people's own are left alone."""

    def __init__(self, subject: DecidimSubject) -> None:
        self._subject = subject

    def grant(self, tools: Toolbox, program: Program) -> Mapping[str, Secret]:
        """A new account in the place of an older one: who may write is an administrator."""
        made = {KEY: chance.token_urlsafe(24), SECRET: chance.token_urlsafe(32)}
        asked = {"write": program.may == "write", "ends": program.ends.isoformat(), **made}
        runner(self._subject, tools, "program", {**self._who(program.name), **asked})
        return {name: Secret(value) for name, value in made.items()}

    def opens(self, tools: Toolbox, program: Program, kept: Mapping[str, Secret]) -> bool:
        """Whether key and secret are answered with a token."""
        del program
        if not {KEY, SECRET} <= set(kept):
            return False
        asked = {"api_user": {name: kept[name].reveal() for name in (KEY, SECRET)}}
        answer = tools.web.request(
            "POST",
            f"{self._subject.public_url}{SIGN_IN}",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=json.dumps(asked).encode(),
        )
        return answer.status == 200 and b"jwt_token" in answer.body

    def withdraw(self, tools: Toolbox, name: str) -> None:
        """Remove the account."""
        runner(self._subject, tools, "program", self._who(name))

    def _who(self, name: str) -> dict[str, str]:
        return {"host": self._subject.instance.domain, "name": name}

"""The product's API as its administrator uses it, over the public address."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.ports import WebAnswer
from orchestrator.products.grist.secrets import ADMIN_KEY
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import Answer, refuse

_SHOWN = 200


class Api:
    """Signed in by the kept key. Every method raises NotAccepted when it is refused."""

    def __init__(self, subject: AnySubject, tools: Toolbox) -> None:
        kept = tools.secrets.read(ADMIN_KEY.path) or {}
        if ADMIN_KEY.key not in kept:
            refuse(f"{ADMIN_KEY.reference} is not there")
        self._bearer = f"Bearer {kept[ADMIN_KEY.key].reveal()}"
        self._url = subject.public_url
        self._web = tools.web

    def get(self, path: str) -> Any:
        """What is there."""
        return self._told(self._ask("GET", path), path)

    def post(self, path: str, body: Any) -> Any:
        """Make something."""
        return self._told(self._ask("POST", path, body), path)

    def patch(self, path: str, body: Any) -> None:
        """Change something."""
        self._ask("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Remove something."""
        self._ask("DELETE", path)

    def size(self, path: str) -> int:
        """Bytes of a file that can be taken away."""
        return len(self._ask("GET", path).body)

    def _ask(self, method: str, path: str, body: Any = None) -> WebAnswer:
        answer = self._web.request(
            method,
            f"{self._url}{path}",
            headers={"Authorization": self._bearer, "Content-Type": "application/json"},
            body=None if body is None else json.dumps(body).encode(),
        )
        if answer.status != 200:
            words = answer.body[:_SHOWN].decode(errors="replace").strip()
            refuse(f"{method} {path.partition('?')[0]} answers {answer.status}: {words}")
        return answer

    def _told(self, answer: WebAnswer, path: str) -> Any:
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            refuse(f"{path} answers with something that is not JSON", error)
        if isinstance(found, list):
            return [Answer(path, one) if isinstance(one, dict) else one for one in found]
        return Answer(path, found) if isinstance(found, dict) else found

"""The portal a node may be registered with; without an address, there is none."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi.exchange import RefusedError
from orchestrator.sandbox.standins.rudi.log import say


class NoCredentialsError(KeyError):
    """The settings name no login: the product ends here, also where there is no portal."""


class Portal:
    """The portal of the settings. Raises NoCredentialsError."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        section = settings.get("portal", {})
        url = str(section.get("portal_url", ""))
        for name in ("login", "passw"):
            if section.get(name) in (None, ""):
                raise NoCredentialsError(name)
        self.url = url.rstrip("/") if url.startswith("http") else ""
        self._login = str(section["login"])
        self._password = str(section["passw"])
        self._encoded = section.get("is_pwd_b64") in {"true", True}
        self._timeout_s = int(section.get("request_timeout", 5000)) / 1000
        self._retries = int(section.get("max_retries", 3))
        self._delay_s = int(section.get("initial_delay", 500)) / 1000

    def token(self) -> str:
        """A token of the portal. Raises RefusedError when there is no portal, or no token."""
        if not self.url:
            raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, "no portal is connected")
        form = {"grant_type": "password", "username": self._login}
        form["password"] = self._plain_password()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        found = self._asked("POST", "/oauth/token", urllib.parse.urlencode(form).encode(), headers)
        try:
            return str(json.loads(found)["access_token"])
        except (ValueError, KeyError, TypeError):
            raise RefusedError(HTTPStatus.BAD_GATEWAY, "the portal gave no token") from None

    def _plain_password(self) -> str:
        try:
            return base64.b64decode(self._password).decode() if self._encoded else self._password
        except ValueError:
            words = "the portal's password is not in base64"
            raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, words) from None

    def tell(self, method: str, document: Mapping[str, Any]) -> None:
        """Tell the portal of a description, in the background; what fails is only logged."""
        if self.url:
            threading.Thread(target=self._told, args=(method, document), daemon=True).start()

    def remove(self, identifier: str) -> None:
        """Have the portal forget a description. Raises RefusedError."""
        self._sent("DELETE", f"/kalim/v1/resources/{identifier}", b"")

    def _told(self, method: str, document: Mapping[str, Any]) -> None:
        try:
            self._sent(method, "/kalim/v1/resources", json.dumps(document, default=str).encode())
        except RefusedError as fault:
            say("catalog", "the portal did not take a description", reason=str(fault))

    def _sent(self, method: str, path: str, body: bytes) -> bytes:
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        return self._asked(method, path, body, headers)

    def _asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        # As in the product, nobody looks at the portal's certificate.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001
        request = urllib.request.Request(  # noqa: S310 - the address starts with http
            self.url + path, data=body or None, headers=dict(headers), method=method
        )
        for attempt in range(self._retries + 1):
            try:
                with urllib.request.urlopen(  # noqa: S310 - as above
                    request, timeout=self._timeout_s, context=context
                ) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as fault:
                with fault:
                    words = f"the portal answered {fault.code}"
                raise RefusedError(HTTPStatus.BAD_GATEWAY, words) from None
            except OSError as fault:
                reason = str(fault)
                time.sleep(self._delay_s * 2**attempt if attempt < self._retries else 0)
        raise RefusedError(HTTPStatus.BAD_GATEWAY, f"the portal cannot be reached: {reason}")

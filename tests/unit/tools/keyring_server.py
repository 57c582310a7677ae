"""A secrets server as a table: transit, AppRole and policies, as the real one answers.

tests/sandbox/test_keys.py asks the real one the same.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hvac import exceptions

OPERATOR = "token-that-nobody-may-see"
MADE_S = 1_767_225_600
_ALLOWED = re.compile(r'path "(?P<path>[^"]+)" \{ capabilities = \["update"\] \}')


class Server:
    """What is kept by path, keys by path, secrets by role, tokens with their policies."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, list[str]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.before: dict[str, Callable[[], None]] = {}
        self.faults: dict[str, Exception] = {}
        self.locked_out = False
        self.counted = 0

    @property
    def written(self) -> list[str]:
        return [path for _, method, path in self.asked if method == "post"]

    def client(self, *, token: str, **_: Any) -> Any:
        """What stands in for `hvac.Client`."""
        return _Client(self, token)

    def number(self) -> int:
        self.counted += 1
        return self.counted

    def answer(self, token: str, method: str, path: str, body: Any = None) -> Any:
        self.asked.append((token, method, path))
        self.before.pop(path, lambda: None)()
        if path in self.faults:
            raise self.faults[path]
        if not path.endswith("/machines/login"):
            self._allowed(token, path)
        for pattern, kind in _KINDS:
            if match := re.fullmatch(pattern, path):
                return getattr(self, f"_{method}_{kind}")(body, **match.groupdict())
        return self._get(path) if method == "get" else self._kept(path, body)

    def _allowed(self, token: str, path: str) -> None:
        if token == OPERATOR:
            return
        texts = (self.kept.get(f"sys/policies/acl/{one}", {}) for one in self.tokens.get(token, ()))
        if not any(path in _ALLOWED.findall(text.get("policy", "")) for text in texts):
            raise exceptions.Forbidden(json={}, errors=["permission denied"])

    def _get(self, path: str) -> Any:
        if path not in self.kept:
            if path.startswith("sys/auth/"):
                raise refused("No auth engine at " + path)
            raise absent()
        return {"data": copy.deepcopy(self.kept[path])}

    def _kept(self, path: str, body: Any) -> Any:
        if path.startswith("sys/auth/") and not path.endswith("/tune") and path in self.kept:
            raise refused("path is already in use")
        self.kept.setdefault(path, {}).update(body)
        return Nothing()

    def _post_tune(self, body: Any, mount: str) -> Any:
        disabled = body["user_lockout_config"]["lockout_disable"]
        return self._kept(f"{mount}/tune", {"user_lockout_disable": disabled})

    def _get_tune(self, _body: Any, mount: str) -> Any:
        return {"data": {"default_lease_ttl": 0, **self.kept.get(f"{mount}/tune", {})}}

    def _post_key(self, body: Any, mount: str, name: str) -> Any:
        self.keys.setdefault(f"{mount}/{name}", {**body, "versions": 1, "oldest": 1})
        return Nothing()

    def _get_key(self, _body: Any, mount: str, name: str) -> Any:
        if f"{mount}/{name}" not in self.keys:
            raise absent()
        key = self.keys[f"{mount}/{name}"]
        told = range(key["oldest"], key["versions"] + 1)
        signs = key["type"] == "ed25519"
        versions = {
            str(one): {"public_key": public(one)} if signs else MADE_S + one for one in told
        }
        facts = {one: key[one] for one in ("type", "exportable", "allow_plaintext_backup")}
        return {"data": {**facts, "latest_version": key["versions"], "keys": versions}}

    def _post_datakey(self, body: Any, mount: str, name: str) -> Any:
        key = self._key(mount, name)
        plain = bytes([self.number()]) * (body["bits"] // 8)
        return {"data": {"ciphertext": self.wrapped(f"{mount}/{name}", plain, key["versions"])}}

    def wrapped(self, key: str, plain: bytes, version: int = 1) -> str:
        inner = json.dumps([key, base64.b64encode(plain).decode()])
        return f"vault:v{version}:{base64.b64encode(inner.encode()).decode()}"

    def _post_decrypt(self, body: Any, mount: str, name: str) -> Any:
        key = self._key(mount, name)
        _, version, inner = body["ciphertext"].split(":")
        if int(version[1:]) < key["oldest"]:
            raise refused("ciphertext or signature version is disallowed by policy (too old)")
        owner, plain = json.loads(base64.b64decode(inner))
        if owner != f"{mount}/{name}":
            raise refused("cipher: message authentication failed")
        return {"data": {"plaintext": plain}}

    def _post_sign(self, body: Any, mount: str, name: str) -> Any:
        if f"{mount}/{name}" not in self.keys:
            raise refused("signing key not found")
        assert body["prehashed"] is False
        newest = self.keys[f"{mount}/{name}"]["versions"]
        made = private(newest).sign(base64.b64decode(body["input"]))
        return {"data": {"signature": f"vault:v{newest}:{base64.b64encode(made).decode()}"}}

    def _key(self, mount: str, name: str) -> Any:
        if f"{mount}/{name}" not in self.keys:
            raise refused("encryption key not found")
        return self.keys[f"{mount}/{name}"]

    def _get_role_id(self, _body: Any, role: str) -> Any:
        if role not in self.kept:
            raise absent()
        return {"data": {"role_id": f"id-of-{role}"}}

    def _post_secret_id(self, _body: Any, role: str) -> Any:
        number = self.number()
        secret, accessor = f"secret-that-nobody-may-see-{number}", f"accessor-{number}"
        self.secrets.setdefault(role, {})[secret] = accessor
        return {"data": {"secret_id": secret, "secret_id_accessor": accessor}}

    def _list_secret_id(self, _body: Any, role: str) -> Any:
        if not self.secrets.get(role):
            raise absent()
        return {"data": {"keys": list(self.secrets[role].values())}}

    def _post_lookup(self, body: Any, role: str) -> Any:
        accessor = self.secrets.get(role, {}).get(body["secret_id"])
        return {"data": {"secret_id_accessor": accessor}} if accessor else Nothing()

    def _post_destroy(self, body: Any, role: str) -> Any:
        found = {accessor: secret for secret, accessor in self.secrets.get(role, {}).items()}
        if body["secret_id_accessor"] not in found:
            raise absent()
        del self.secrets[role][found[body["secret_id_accessor"]]]
        return Nothing()

    def _post_login(self, body: Any, mount: str) -> Any:
        if self.locked_out:
            raise exceptions.Forbidden(json={}, errors=["permission denied"])
        role = body["role_id"].removeprefix("id-of-")
        if body["secret_id"] not in self.secrets.get(role, {}) or not role.startswith(mount):
            raise refused("invalid role or secret ID")
        token = f"token-of-a-pod-{self.number()}"
        self.tokens[token] = self.kept[role]["token_policies"]
        return {"auth": {"client_token": token, "accessor": f"accessor-of-{token}"}}

    def _post_revoke(self, body: Any) -> Any:
        del self.tokens[body["accessor"].removeprefix("accessor-of-")]
        return Nothing()


_MOUNT = r"(?P<mount>tenants/[^/]+/transit)"
_NAME = r"(?P<name>[^/]+)"
_ROLE = r"(?P<role>auth/tenants/[^/]+/machines/role/[^/]+)"
_KINDS = (
    (rf"{_MOUNT}/keys/{_NAME}", "key"),
    (rf"{_MOUNT}/datakey/wrapped/{_NAME}", "datakey"),
    (rf"{_MOUNT}/decrypt/{_NAME}", "decrypt"),
    (rf"{_MOUNT}/sign/{_NAME}", "sign"),
    (rf"{_ROLE}/role-id", "role_id"),
    (rf"{_ROLE}/secret-id", "secret_id"),
    (rf"{_ROLE}/secret-id/lookup", "lookup"),
    (rf"{_ROLE}/secret-id-accessor/destroy", "destroy"),
    (r"(?P<mount>auth/tenants/[^/]+/machines)/login", "login"),
    (r"(?P<mount>sys/auth/tenants/[^/]+/machines)/tune", "tune"),
    (r"auth/token/revoke-accessor", "revoke"),
)


class Nothing:
    """An answer without content, as hvac hands it out."""

    content = b""


class _Client:
    def __init__(self, server: Server, token: str) -> None:
        self.session = SimpleNamespace()
        self.adapter = _Adapter(server, token)
        look = "/v1/auth/token/lookup-self"
        self.auth = SimpleNamespace(
            token=SimpleNamespace(lookup_self=lambda: self.adapter.get(look))
        )


class _Adapter:
    def __init__(self, server: Server, token: str) -> None:
        self._server = server
        self._token = token

    def get(self, url: str) -> Any:
        return self._server.answer(self._token, "get", url.removeprefix("/v1/"))

    def list(self, url: str) -> Any:
        return self._server.answer(self._token, "list", url.removeprefix("/v1/"))

    def post(self, url: str, json: Any) -> Any:
        return self._server.answer(self._token, "post", url.removeprefix("/v1/"), json)


def refused(words: str) -> Exception:
    return exceptions.InvalidRequest(json={}, errors=[words])


def absent() -> Exception:
    return exceptions.InvalidPath(json={}, errors=[])


def private(version: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([version]) * 32)


def public(version: int) -> str:
    raw = private(version).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()

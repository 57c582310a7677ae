"""What is written for a tenant's logins, and what is left alone; the server is a table of paths."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hvac import exceptions

from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.secrets import SecretsMountError, SecretsRequestError
from orchestrator.model.names import TenantNames, account_of
from orchestrator.model.secret import Secret
from orchestrator.tools import secretstore_client
from orchestrator.tools.logins import VaultIdentityProvider

PUBLIC = "https://identite.example:8443"
BACK = "https://a.example/back"
CLIENT = "identity/oidc/client/a-grist"
PROVIDER = "identity/oidc/provider/a"
KEY = "identity/oidc/key/tenant-a"
GROUP = "identity/group/name/tenant-a"
MOUNT = "sys/auth/tenants/a/people"
EMAIL = "zoe@essai.example"
PASSWORD = Secret("a-password-that-nobody-guesses")
USER = f"auth/tenants/a/people/users/{account_of(EMAIL)}"


class Table:
    """The server's paths: what is written is found again, with what a server adds to it."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.written: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}

    def get(self, url: str) -> dict[str, Any]:
        path = url.removeprefix("/v1/")
        if path not in self.kept:
            if path.startswith("sys/auth/"):
                raise exceptions.InvalidRequest(json={}, errors=[f"No auth engine at {path}/"])
            raise exceptions.InvalidPath(json={}, errors=[])
        return {"data": copy.deepcopy(self.kept[path])}

    def list(self, url: str) -> dict[str, Any]:
        if url == "/v1/identity/oidc/client":
            folder = f"{url.removeprefix('/v1/')}/"
            clients = {
                path.removeprefix(folder): one
                for path, one in self.kept.items()
                if path.startswith(folder)
            }
            return {"data": {"keys": list(clients), "key_info": clients}}
        assert url == "/v1/identity/entity-alias/id"
        aliases = {path: one for path, one in self.kept.items() if path.startswith("alias/")}
        return {"data": {"keys": list(aliases), "key_info": aliases}}

    def post(self, url: str, json: dict[str, Any]) -> dict[str, Any]:
        path = url.removeprefix("/v1/")
        self.before.pop(path, lambda: None)()
        self.written.append(path)
        self.put(path, json)
        return {}

    def put(self, path: str, body: dict[str, Any]) -> None:
        if path == "identity/entity-alias":
            path = f"alias/{body['mount_accessor']}/{body['name']}"
        found = self.kept.setdefault(path, self._begun(path))
        found.update({name: value for name, value in body.items() if name != "password"})
        if "issuer" in body:
            found["issuer"] = f"{body['issuer']}/v1/{path}"

    def _begun(self, path: str) -> dict[str, Any]:
        name = path.rpartition("/")[2]
        if path.startswith("identity/oidc/client/"):
            return {"client_id": f"id-{name}", "client_secret": f"secret-{name}"}
        if path.startswith("sys/auth/"):
            return {"accessor": f"accessor-{path}"}
        return {"id": f"id-{name}"}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table()

    class Client:
        adapter = made
        session = type("Session", (), {})()

    monkeypatch.setattr(secretstore_client.hvac, "Client", lambda **_: Client())
    return made


@pytest.fixture
def logins(table: Table) -> VaultIdentityProvider:
    return provider("a")


def provider(slug: str, public: str = PUBLIC) -> VaultIdentityProvider:
    token = Secret("token-that-nobody-may-see")
    return VaultIdentityProvider("http://vault", token, Path("ca.pem"), TenantNames(slug), public)


def test_a_client_is_told_as_it_was_registered(table: Table, logins: VaultIdentityProvider) -> None:
    assert logins.client("a/grist") is None
    made = logins.register("a/grist", [BACK, "https://a.example/", BACK])
    assert made.issuer == f"{PUBLIC}/v1/{PROVIDER}"
    assert made.client_id == "id-a-grist"
    assert made.client_secret == Secret("secret-a-grist")
    assert made.redirects == ("https://a.example/", BACK)
    assert logins.client("a/grist") == made
    assert table.kept[PROVIDER]["allowed_client_ids"] == [made.client_id]
    assert table.kept[KEY]["allowed_client_ids"] == [made.client_id]


def test_looking_writes_nothing(table: Table, logins: VaultIdentityProvider) -> None:
    assert logins.client("a/grist") is None
    assert not table.written


def test_what_is_so_already_is_not_written_again(
    table: Table, logins: VaultIdentityProvider
) -> None:
    logins.register("a/grist", [BACK])
    assert logins.person(EMAIL, "Zoé", PASSWORD)
    table.written.clear()
    logins.register("a/grist", [BACK])
    assert not logins.person(EMAIL.upper(), "Zoé", PASSWORD)
    assert not table.written


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (PROVIDER, {"allowed_client_ids": []}),
        (PROVIDER, {"allowed_client_ids": ["id-of-another"]}),
        (PROVIDER, {"scopes_supported": []}),
        (KEY, {"allowed_client_ids": ["*"]}),
        (CLIENT, {"assignments": ["allow_all"]}),
        (CLIENT, {"redirect_uris": []}),
        ("identity/oidc/assignment/tenant-a", {"entity_ids": ["somebody"]}),
        ("identity/oidc/scope/email", {"template": "{}"}),
        ("sys/policies/acl/tenant-a-person", {"policy": 'path "*" {}'}),
    ],
)
def test_what_is_different_is_put_right(
    table: Table, logins: VaultIdentityProvider, path: str, change: dict[str, Any]
) -> None:
    made = logins.register("a/grist", [BACK])
    right = copy.deepcopy(table.kept)
    table.put(path, change)
    table.written.clear()
    assert logins.register("a/grist", [BACK]) == made
    assert table.kept == right
    assert table.written == [path]


@pytest.mark.parametrize(
    "wrong", [{"allowed_client_ids": []}, {"issuer": "https://elsewhere.example"}]
)
def test_a_client_that_nobody_could_sign_in_to_is_not_told(
    table: Table, logins: VaultIdentityProvider, wrong: dict[str, Any]
) -> None:
    logins.register("a/grist", [BACK])
    table.put(PROVIDER, wrong)
    assert logins.client("a/grist") is None


def test_a_new_public_address_moves_the_issuer(logins: VaultIdentityProvider) -> None:
    before = logins.register("a/grist", [BACK])
    moved = provider("a", "https://connexion.example/")
    assert moved.client("a/grist") is None
    after = moved.register("a/grist", [BACK])
    assert after.issuer == f"https://connexion.example/v1/{PROVIDER}"
    assert after.client_secret == before.client_secret


@pytest.mark.parametrize("path", [KEY, PROVIDER])
def test_a_client_that_another_run_registers_meanwhile_is_not_shut_out(
    table: Table, logins: VaultIdentityProvider, path: str
) -> None:
    logins.register("a/grist", [BACK])
    table.put(path, {"allowed_client_ids": []})
    table.before[path] = lambda: table.put("identity/oidc/client/a-decidim", {"key": "tenant-a"})
    logins.register("a/grist", [BACK])
    assert table.kept[path]["allowed_client_ids"] == ["id-a-decidim", "id-a-grist"]


def test_somebody_whom_another_run_adds_meanwhile_is_not_shut_out(
    table: Table, logins: VaultIdentityProvider
) -> None:
    accessor = f"accessor-{MOUNT}"
    other = {"name": "other", "canonical_id": "id-other", "mount_accessor": accessor}
    logins.register("a/grist", [BACK])
    table.before[GROUP] = lambda: table.put("identity/entity-alias", other)
    logins.person(EMAIL, "Zoé", PASSWORD)
    own = f"id-tenant-a-{account_of(EMAIL)}"
    assert table.kept[GROUP]["member_entity_ids"] == sorted(["id-other", own])


def test_people_of_other_tenants_are_not_members(table: Table) -> None:
    assert provider("b").person(EMAIL, "Zoé", PASSWORD)
    assert provider("a").person(EMAIL, "Zoé", PASSWORD)
    owners = {one: table.kept[f"identity/group/name/tenant-{one}"] for one in ("a", "b")}
    account = account_of(EMAIL)
    for one, group in owners.items():
        assert group["member_entity_ids"] == [f"id-tenant-{one}-{account}"]


def test_a_token_of_somebody_opens_one_path_for_a_minute(
    table: Table, logins: VaultIdentityProvider
) -> None:
    logins.person(EMAIL, "Zoé", PASSWORD)
    user = table.kept[USER]
    assert user["token_policies"] == ["tenant-a-person"]
    assert user["token_no_default_policy"] is True
    assert user["token_ttl"] == user["token_max_ttl"] == 60
    policy = table.kept["sys/policies/acl/tenant-a-person"]["policy"]
    assert policy.count("path ") == 1
    assert f'path "{PROVIDER}/authorize"' in policy


def test_an_account_that_was_given_more_is_put_right(
    table: Table, logins: VaultIdentityProvider
) -> None:
    logins.person(EMAIL, "Zoé", PASSWORD)
    table.put(USER, {"token_policies": ["operator"]})
    assert not logins.person(EMAIL, "Zoé", Secret("another"))
    assert table.kept[USER]["token_policies"] == ["tenant-a-person"]


def test_an_account_is_known_once_it_is_there(table: Table, logins: VaultIdentityProvider) -> None:
    assert not logins.knows(EMAIL)
    assert not table.written
    logins.person(EMAIL, "Zoé", PASSWORD)
    assert logins.knows(EMAIL.upper())


def test_a_password_never_stands_in_a_fault(table: Table, logins: VaultIdentityProvider) -> None:
    logins.person("first@essai.example", "x", PASSWORD)
    whole = table.post

    def echoing(url: str, json: dict[str, Any]) -> dict[str, Any]:
        if "password" in json:
            words = f"cannot keep {json['password']}"
            raise exceptions.InvalidRequest(json={}, errors=[words])
        return whole(url, json)

    table.post = echoing  # type: ignore[method-assign]
    with pytest.raises(SecretsRequestError) as caught:
        logins.person(EMAIL, "Zoé", PASSWORD)
    assert caught.value.why == "cannot keep ********"


def test_a_mount_of_another_kind_is_left_alone(table: Table, logins: VaultIdentityProvider) -> None:
    table.put(MOUNT, {"type": "ldap"})
    with pytest.raises(SecretsMountError) as caught:
        logins.register("a/grist", [BACK])
    assert caught.value.hints == (f"look at it with `vault read {MOUNT}`",)
    assert not table.written


def test_another_fault_of_reading_is_told(table: Table, logins: VaultIdentityProvider) -> None:
    def broken(_url: str) -> dict[str, Any]:
        raise exceptions.InvalidRequest(json={}, errors=["no"])

    table.get = broken  # type: ignore[method-assign]
    with pytest.raises(OrchestratorError, match="could not read"):
        logins.client("a/grist")


@pytest.mark.parametrize("instance", ["b/grist", "a/other", "grist", "a/b/grist", ""])
def test_an_instance_that_is_not_the_tenant_s_is_a_mistake(
    table: Table, logins: VaultIdentityProvider, instance: str
) -> None:
    with pytest.raises(ValueError, match=f"^{instance}$"):
        logins.register(instance, [BACK])
    assert not table.written

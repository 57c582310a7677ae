"""People sign in by OpenID Connect, at the real server and through the entrance alone."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import hvac
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from orchestrator.model.connection import Connection, IdentityServer
from orchestrator.model.names import TenantNames, account_of
from orchestrator.model.secret import Secret
from orchestrator.ports import LoginClient, WebAnswer
from orchestrator.tools.logins import VaultIdentityProvider
from orchestrator.tools.secretstore_client import operator_token
from orchestrator.tools.web import EntranceWeb
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Standing

pytestmark = pytest.mark.sandbox

CHANCE = secrets.token_hex(3)  # accounts stay in a sandbox that is kept
NORTH, SOUTH = f"essai-nord-{CHANCE}", f"essai-sud-{CHANCE}"
EMAIL = "Zoé.Martin@essai.example"
NAME = 'Zoé "Z" Martin'
BACK = "https://tableur.essai.localhost/oauth2/callback"
FETCH = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=3).read().decode())
except urllib.error.URLError as fault:
    sys.exit(f"refused: {fault.reason}")
"""
ATTEMPTS = 20  # a policy is in force a moment after its pod has started


@dataclass(frozen=True)
class Place:
    """A tenant with one client, one person, and the web around them."""

    slug: str
    provider: VaultIdentityProvider
    client: LoginClient
    password: Secret
    web: EntranceWeb

    def ask(
        self,
        url: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> WebAnswer:
        """A GET, or a POST of JSON."""
        content = None if body is None else json.dumps(body).encode()
        return self.web.request(
            "GET" if body is None else "POST", url, headers=headers, body=content
        )

    @property
    def discovery(self) -> dict[str, Any]:
        found = self.ask(f"{self.client.issuer}/.well-known/openid-configuration")
        assert found.status == 200, found
        facts: dict[str, Any] = json.loads(found.body)
        return facts

    def sign_in(self, password: str, email: str = EMAIL) -> WebAnswer:
        """As the page does it."""
        base = self.client.issuer.partition("/v1/")[0]
        mount = TenantNames(self.slug).people_mount
        return self.ask(f"{base}/v1/auth/{mount}/login/{account_of(email)}", {"password": password})

    def token(self) -> str:
        answer = self.sign_in(self.password.reveal())
        assert answer.status == 200, answer
        return str(json.loads(answer.body)["auth"]["client_token"])

    def authorize(self, token: str, client: LoginClient, **changes: str) -> WebAnswer:
        """As the page does it, for a client of this tenant or of another."""
        asked = {
            "client_id": client.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid email profile",
            "state": "état",
            **changes,
        }
        return self.ask(f"{self.client.issuer}/authorize", asked, headers={"X-Vault-Token": token})


def identity(connection: Connection) -> IdentityServer:
    assert connection.identity is not None
    return connection.identity


def provider_of(connection: Connection, slug: str) -> VaultIdentityProvider:
    return VaultIdentityProvider(
        connection.secrets.address,
        operator_token(connection.secrets.token_file),
        connection.authority,
        TenantNames(slug),
        identity(connection).public,
    )


def place(connection: Connection, slug: str) -> Place:
    provider = provider_of(connection, slug)
    assert provider.client(f"{slug}/grist") is None
    client = provider.register(f"{slug}/grist", [BACK])
    password = Secret(secrets.token_urlsafe(24))
    assert not provider.knows(EMAIL)
    assert provider.person(EMAIL, NAME, password)
    assert provider.knows(EMAIL)
    entrance = connection.entrance
    web = EntranceWeb(entrance.address, entrance.port, connection.authority)
    return Place(slug, provider, client, password, web)


@pytest.fixture(scope="module")
def north(standing: Standing) -> Place:
    return place(standing.connection, NORTH)


@pytest.fixture(scope="module")
def south(standing: Standing) -> Place:
    return place(standing.connection, SOUTH)


def operator(connection: Connection) -> hvac.Client:
    token = operator_token(connection.secrets.token_file).reveal()
    return hvac.Client(connection.secrets.address, token, verify=str(connection.authority))


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(token: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """The claims of a token that one of the published keys has signed."""
    head, body, signature = token.split(".")
    header = json.loads(unpacked(head))
    assert header["alg"] == "RS256"
    key = next(key for key in keys if key["kid"] == header["kid"])
    numbers = RSAPublicNumbers(*(int.from_bytes(unpacked(key[part]), "big") for part in ("e", "n")))
    signed = f"{head}.{body}".encode()
    numbers.public_key().verify(unpacked(signature), signed, PKCS1v15(), hashes.SHA256())
    claims: dict[str, Any] = json.loads(unpacked(body))
    return claims


def test_a_client_that_is_registered_again_keeps_its_id_and_secret(north: Place) -> None:
    instance = f"{NORTH}/grist"
    assert north.provider.register(instance, [BACK]) == north.client
    assert north.provider.client(instance) == north.client
    further = [BACK, "https://autre.essai.localhost/"]  # told in the order of the alphabet
    changed = north.provider.register(instance, further)
    assert changed.redirects == tuple(sorted(further))
    assert changed.client_secret == north.client.client_secret
    assert north.provider.register(instance, [BACK]) == north.client


def test_an_account_is_made_once(north: Place) -> None:
    assert not north.provider.person(EMAIL.lower(), NAME, Secret("another"))
    assert north.sign_in(north.password.reveal()).status == 200


def test_somebody_signs_in(north: Place) -> None:
    facts = north.discovery
    assert facts["issuer"] == north.client.issuer
    page = north.ask(f"{facts['authorization_endpoint']}?client_id={north.client.client_id}")
    assert page.status == 200
    assert b"<form" in page.body
    headers = {name.lower(): value for name, value in page.headers.items()}
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none';")

    verifier, nonce = secrets.token_urlsafe(48), secrets.token_hex(8)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    granted = north.authorize(
        north.token(),
        north.client,
        nonce=nonce,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    assert granted.status == 200, granted
    told = json.loads(granted.body)
    assert told["state"] == "état"

    tokens = exchange(north, facts["token_endpoint"], told["code"], verifier)
    assert tokens.status == 200, tokens.status
    body = json.loads(tokens.body)
    keys = json.loads(north.ask(facts["jwks_uri"]).body)["keys"]
    claims = verified(body["id_token"], keys)
    assert (claims["iss"], claims["aud"]) == (north.client.issuer, north.client.client_id)
    assert claims["nonce"] == nonce
    assert claims["exp"] > time.time()

    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    for info in (claims, json.loads(north.ask(facts["userinfo_endpoint"], None, bearer).body)):
        assert info["email"] == EMAIL.lower()
        assert info["email_verified"] is True
        assert info["name"] == NAME


def exchange(place: Place, endpoint: str, code: str, verifier: str) -> WebAnswer:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": verifier,
    }
    pair = f"{place.client.client_id}:{place.client.client_secret.reveal()}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return place.web.request("POST", endpoint, headers=headers, body=urlencode(form).encode())


def test_a_code_is_worth_nothing_without_its_verifier(north: Place) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"mine").digest()).decode().rstrip("=")
    granted = north.authorize(
        north.token(), north.client, code_challenge=challenge, code_challenge_method="S256"
    )
    code = json.loads(granted.body)["code"]
    answer = exchange(north, north.discovery["token_endpoint"], code, "theirs")
    assert answer.status == 400
    assert json.loads(answer.body)["error"] == "invalid_grant"


def test_a_wrong_password_is_refused(north: Place, south: Place) -> None:
    for wrong in ("wrong", south.password.reveal()):
        answer = north.sign_in(wrong)
        assert answer.status == 400
        assert "auth" not in json.loads(answer.body)


def test_somebody_unknown_is_refused_in_the_same_words(north: Place) -> None:
    known, unknown = north.sign_in("wrong"), north.sign_in("wrong", "nobody@essai.example")
    assert (known.status, known.body) == (unknown.status, unknown.body)


def test_a_redirect_that_is_not_registered_is_refused(north: Place) -> None:
    for wrong in (f"{BACK}/", BACK.replace("https", "http"), "https://elsewhere.example/"):
        answer = north.authorize(north.token(), north.client, redirect_uri=wrong)
        assert answer.status == 400
        assert json.loads(answer.body)["error"] == "invalid_redirect_uri"


def test_somebody_of_another_tenant_is_refused(north: Place, south: Place) -> None:
    theirs = south.token()
    assert south.authorize(theirs, south.client).status == 200
    assert north.authorize(theirs, north.client).status == 403
    through = south.authorize(theirs, north.client)
    assert json.loads(through.body)["error"] == "unauthorized_client"


def test_even_with_the_policy_of_the_other_tenant(
    standing: Standing, north: Place, south: Place
) -> None:
    email = "passe-muraille@essai.example"
    password = Secret(secrets.token_urlsafe(24))
    assert south.provider.person(email, "Passe-muraille", password)
    user = f"auth/{TenantNames(SOUTH).people_mount}/users/{account_of(email)}"
    wider = {"token_policies": [TenantNames(NORTH).person_policy]}
    operator(standing.connection).write_data(user, data=wider)
    signed_in = json.loads(south.sign_in(password.reveal(), email).body)
    answer = north.authorize(signed_in["auth"]["client_token"], north.client)
    assert json.loads(answer.body)["error"] == "access_denied"


def test_whoever_has_signed_in_may_do_nothing_else(standing: Standing, north: Place) -> None:
    connection = standing.connection
    client = hvac.Client(
        connection.secrets.address, north.token(), verify=str(connection.authority)
    )
    for path in (
        "auth/token/lookup-self",
        f"{TenantNames(NORTH).secrets_mount}/data/grist/x",
        f"identity/oidc/client/{NORTH}-grist",
        "sys/mounts",
    ):
        with pytest.raises(hvac.exceptions.Forbidden):
            client.adapter.get(f"/v1/{path}")


@pytest.mark.parametrize(
    "path",
    [
        "sys/auth/elsewhere",
        "auth/tenants/elsewhere/other/users/x",
        "identity/entity/name/elsewhere",
        "identity/group/name/elsewhere",
        "identity/oidc/key/default",
        "identity/oidc/assignment/allow_all",
        "identity/oidc/scope/elsewhere",
    ],
)
def test_the_operator_keeps_to_what_is_the_tenants(standing: Standing, path: str) -> None:
    with pytest.raises(hvac.exceptions.Forbidden):
        operator(standing.connection).write_data(path, data={"description": "x"})


def test_two_runs_at_the_same_moment_lose_nothing(standing: Standing) -> None:
    slug = f"essai-deux-{CHANCE}"
    products, emails = ("decidim", "grist", "rudi"), [f"p{n}@essai.example" for n in range(6)]

    def register(product: str) -> LoginClient:
        provider = provider_of(standing.connection, slug)
        return provider.register(f"{slug}/{product}", [f"{BACK}/{product}"])

    def add(email: str) -> bool:
        password = Secret(secrets.token_urlsafe(24))
        return provider_of(standing.connection, slug).person(email, email, password)

    first = provider_of(standing.connection, slug)
    first.register(f"{slug}/decidim", [f"{BACK}/decidim"])
    with ThreadPoolExecutor(9) as workers:
        made = workers.map(register, products)
        passwords = workers.map(add, emails)
        clients, given = list(made), list(passwords)
    assert all(given)
    assert clients == [first.client(f"{slug}/{product}") for product in products]
    group = operator(standing.connection).read(
        f"identity/group/name/{TenantNames(slug).login_objects}"
    )
    assert len(group["data"]["member_entity_ids"]) == len(emails)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ui/",
        "/v1/sys/health",
        "/v1/sys/seal-status",
        "/v1/tenants/{slug}/kv/data/grist/x",
        "/v1/auth/token/lookup-self",
        "/v1/auth/tenants/{slug}/people/users/{account}",
        "/v1/auth/approle/login",
        "/v1/identity/oidc/provider/{slug}",
        "/v1/identity/oidc/client/{slug}-grist",
        "/v1/identity/entity/name/tenant-{slug}-{account}",
        "/v1/identity/oidc/provider/{slug}/../../../../sys/health",
        "/v1/identity/oidc/provider/x%2f..%2f..%2f..%2f..%2fsys%2fhealth",
        "/v1/identity/oidc/provider/{slug}/.well-known/%2e%2e/%2e%2e/%2e%2e/%2e%2e/sys/health",
    ],
)
def test_nothing_else_of_the_server_is_behind_the_entrance(
    standing: Standing, north: Place, path: str
) -> None:
    base = identity(standing.connection).public
    url = base + path.format(slug=NORTH, account=account_of(EMAIL))
    headers = {"X-Vault-Token": operator_token(standing.connection.secrets.token_file).reveal()}
    for method in ("GET", "POST", "LIST"):
        answer = north.web.request(method, url, headers=headers)
        assert answer.status == 404, (method, answer)


def test_no_other_name_leads_there(standing: Standing, north: Place) -> None:
    other = north.client.issuer.replace("identite.", "participer.")
    host = {"Host": urlsplit(other).netloc}
    answer = north.ask(f"{north.client.issuer}/.well-known/keys", headers=host)
    assert answer.status == 404


@pytest.fixture(scope="module")
def namespace(standing: Standing) -> Iterator[str]:
    """Two pods there: `closed` reaches nothing but names, `allowed` the way to sign in as well."""
    kubectl = Kubectl(standing.connection)
    name = f"identity-{CHANCE}"
    authority = standing.connection.authority.read_text(encoding="utf-8")
    server = identity(standing.connection)
    names = {"ports": [{"protocol": "UDP", "port": 53}]}
    opening = {
        "to": [{"ipBlock": {"cidr": f"{server.address}/32"}}],
        "ports": [{"protocol": "TCP", "port": server.port}],
    }
    kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "authority", "namespace": name},
            "data": {"authority.crt": authority},
        },
        policy(name, "closed", {}, [names]),
        policy(name, "allowed", {"matchLabels": {"run": "allowed"}}, [opening]),
        *(pod(name, one, standing.connection.images["decidim"]) for one in ("allowed", "closed")),
    )
    waited = kubectl("wait", "-n", name, "pods", "--all", "--for=condition=Ready")
    assert waited.status == 0, waited.err
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def policy(
    namespace: str, name: str, pods: Mapping[str, Any], egress: list[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": pods, "policyTypes": ["Egress"], "egress": egress},
    }


def pod(namespace: str, name: str, image: str) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": image,
        "command": ["sleep", "3600"],
        "env": [{"name": "SSL_CERT_FILE", "value": "/authority/authority.crt"}],
        "volumeMounts": [{"name": "authority", "mountPath": "/authority"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"run": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
            "volumes": [{"name": "authority", "configMap": {"name": "authority"}}],
        },
    }


def test_a_pod_that_is_let_out_finds_the_same_issuer_at_the_same_address(
    standing: Standing, north: Place, namespace: str
) -> None:
    kubectl = Kubectl(standing.connection)
    url = f"{north.client.issuer}/.well-known/openid-configuration"
    fetch = ["python3", "-c", FETCH, url]
    answers = (kubectl.inside(namespace, "pod/closed", fetch) for _ in range(ATTEMPTS))
    refused = next(answer for answer in answers if answer.status != 0)
    assert "refused" in refused.err
    found = kubectl.inside(namespace, "pod/allowed", fetch)
    assert found.status == 0, found.err
    assert json.loads(found.out) == north.discovery

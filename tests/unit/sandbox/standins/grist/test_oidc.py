"""Signing in with a provider, which here is one of the test's own."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Provider(ThreadingHTTPServer):
    """Gives one code for one person; what the person is like can be changed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {}
        self.key = KEY
        self.asked: dict[str, str] = {}

    def token(self) -> str:
        usual = {"iss": self.url, "aud": "grist", "exp": time.time() + 60, "sub": "1"}
        body = json.dumps({**usual, **self.claims}).encode()
        head = json.dumps({"alg": "RS256", "kid": "one"}).encode()
        signed = f"{text(head)}.{text(body)}"
        return f"{signed}.{text(self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = self.server.url
        if self.path.startswith("/.well-known/"):
            self._tell(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/keys",
                    "end_session_endpoint": f"{url}/end",
                }
            )
            return
        numbers = KEY.public_key().public_numbers()
        parts = {"n": numbers.n, "e": numbers.e}
        key = {name: text(each.to_bytes(256)) for name, each in parts.items()}
        self._tell({"keys": [{"kty": "RSA", "kid": "one", **key}]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked = {name: each[0] for name, each in parse_qs(body).items()}
        self._tell({"access_token": "a", "id_token": self.server.token()})

    def log_message(self, *_: object) -> None:
        pass

    def _tell(self, value: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def grist(start: Any, served: dict[str, str], provider: Provider) -> Any:
    provider.key = KEY
    provider.claims = {"email": "Ada@town.example", "email_verified": True, "name": "Ada"}
    return start(**served, **variables(provider.url), APP_HOME_URL="https://data.town.example")


def variables(issuer: str) -> dict[str, str]:
    return {
        "GRIST_OIDC_IDP_ISSUER": issuer,
        "GRIST_OIDC_IDP_CLIENT_ID": "grist",
        "GRIST_OIDC_IDP_CLIENT_SECRET": "secret",
    }


def begun(grist: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The cookie of a visitor on the way to the provider, and what the provider was asked."""
    answer = grist.ask("GET", "/login")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {"Cookie": answer.cookie}, {name: each[0] for name, each in query.items()}


def test_who_comes_back_from_the_provider_is_signed_in(grist: Any, provider: Provider) -> None:
    cookie, asked = begun(grist)
    assert asked["redirect_uri"] == "https://data.town.example/oauth2/callback"
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid email profile", "S256")
    target = f"/oauth2/callback?code=c&state={asked['state']}"
    assert grist.ask("GET", target).status == 400
    assert grist.ask("GET", "/oauth2/callback?code=c&state=x", headers=cookie).status == 400
    answer = grist.ask("GET", target, headers=cookie)
    assert answer.status == 302
    verifier = provider.asked["code_verifier"].encode()
    assert text(hashlib.sha256(verifier).digest()) == asked["code_challenge"]
    fresh = {"Cookie": answer.cookie}
    assert fresh != cookie
    profile = grist.ask("GET", "/api/profile/user", headers=fresh).json
    assert (profile["email"], profile["name"]) == ("Ada@town.example", "Ada")
    assert grist.ask("GET", "/api/probes/authentication", headers=fresh).status == 403
    probe = grist.ask("GET", "/api/probes/authentication", key=grist.admin_key()).json
    assert probe["details"]["provider"] == "oidc"
    away = grist.ask("GET", "/logout", headers=fresh)
    assert away.headers["location"].startswith(f"{provider.url}/end?")
    assert grist.ask("GET", "/api/profile/user", headers=fresh).json["anonymous"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"email_verified": False}, 403),
        ({"email_verified": None}, 403),
        ({"aud": "another"}, 500),
        ({"iss": "https://another.example"}, 500),
        ({"exp": 1000}, 500),
    ],
)
def test_others_are_refused(
    grist: Any, provider: Provider, claims: dict[str, Any], status: int
) -> None:
    provider.claims |= claims
    cookie, asked = begun(grist)
    target = f"/oauth2/callback?code=c&state={asked['state']}"
    answer = grist.ask("GET", target, headers=cookie)
    assert answer.status == status
    assert "set-cookie" not in answer.headers


def test_a_token_that_another_signed_is_refused(grist: Any, provider: Provider) -> None:
    provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    cookie, asked = begun(grist)
    target = f"/oauth2/callback?code=c&state={asked['state']}"
    assert grist.ask("GET", target, headers=cookie).status == 500


def test_a_nonce_must_come_back_where_it_is_wanted(
    start: Any, served: dict[str, str], provider: Provider
) -> None:
    provider.key = KEY
    provider.claims = {"email": "ada@town.example"}
    wanted = {
        "GRIST_OIDC_IDP_ENABLED_PROTECTIONS": "STATE,NONCE",
        "GRIST_OIDC_SP_IGNORE_EMAIL_VERIFIED": "true",
    }
    grist = start(**served, **variables(provider.url), **wanted)
    cookie, asked = begun(grist)
    assert "code_challenge" not in asked
    target = f"/oauth2/callback?code=c&state={asked['state']}"
    assert grist.ask("GET", target, headers=cookie).status == 400
    provider.claims["nonce"] = asked["nonce"]
    assert grist.ask("GET", target, headers=cookie).status == 302


def test_without_the_provider_there_is_no_start_in_service(
    start: Any, served: dict[str, str]
) -> None:
    absent = variables("http://127.0.0.1:1")
    grist = start(wait=False, **served, **absent)
    assert grist.end() == 1
    assert "127.0.0.1:1" in grist.log


def test_before_service_it_falls_back(start: Any, served: dict[str, str]) -> None:
    closed = {**served, "GRIST_IN_SERVICE": "false", **variables("http://127.0.0.1:1")}
    assert start(**closed).ask("GET", "/api/orgs").status == 503

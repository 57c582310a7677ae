"""Signing in with an identity provider of OpenID Connect."""

from __future__ import annotations

import base64
import hashlib
import http.client
import importlib
import json
import secrets
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import RefusedError

CALLBACK = "/oauth2/callback"
_WELL_KNOWN = "/.well-known/openid-configuration"
_SKEW_S = 60


class ProviderError(Exception):
    """The provider was not there, or answered with something else."""


class Provider:
    """The identity provider of the environment, as it describes itself."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._wait_s = environment.number("GRIST_OIDC_SP_HTTP_TIMEOUT", 3500) / 1000
        issuer = environment.text("GRIST_OIDC_IDP_ISSUER").rstrip("/")
        url = issuer if _WELL_KNOWN in issuer else issuer + _WELL_KNOWN
        self._facts = self._ask("GET", url)
        for each in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(self._facts.get(each), str):
                raise ProviderError(f"{url} lacks {each}")  # noqa: EM102
        text = environment.text
        self._client = text("GRIST_OIDC_IDP_CLIENT_ID"), text("GRIST_OIDC_IDP_CLIENT_SECRET")
        self._protections = text("GRIST_OIDC_IDP_ENABLED_PROTECTIONS", "STATE,PKCE").split(",")

    def begin(self, origin: str) -> tuple[str, dict[str, str]]:
        """Where to send the visitor, and what to remember until the return."""
        kept = {"callback": self._callback(origin)}
        asked = {
            "client_id": self._client[0],
            "response_type": "code",
            "scope": self._environment.text("GRIST_OIDC_IDP_SCOPES", "openid email profile"),
            "redirect_uri": kept["callback"],
        }
        if acr := self._environment.text("GRIST_OIDC_IDP_ACR_VALUES"):
            asked["acr_values"] = acr
        for name in ("state", "nonce"):
            if name.upper() in self._protections:
                kept[name] = asked[name] = secrets.token_urlsafe(24)
        if "PKCE" in self._protections:
            kept["verifier"] = secrets.token_urlsafe(48)
            digest = hashlib.sha256(kept["verifier"].encode()).digest()
            asked |= {"code_challenge": _text(digest), "code_challenge_method": "S256"}
        return f"{self._facts['authorization_endpoint']}?{urlencode(asked)}", kept

    def finish(self, query: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
        """Who came back. Raises RefusedError, ProviderError."""
        if not kept or query.get("state", "") != kept.get("state", ""):
            raise RefusedError(400, "The state does not match the one of the session")
        if "code" not in query:
            raise RefusedError(400, f"The provider refused: {query.get('error', 'no code')}")
        claims = self._claims(query["code"], kept)
        ignored = self._environment.enabled("GRIST_OIDC_SP_IGNORE_EMAIL_VERIFIED")
        if claims.get("email_verified") is not True and not ignored:
            raise RefusedError(403, "Email is not verified. Please verify it and try again.")
        text = self._environment.text
        email = claims.get(text("GRIST_OIDC_SP_PROFILE_EMAIL_ATTR", "email"))
        if not isinstance(email, str):
            raise RefusedError(403, "The provider told no email")
        name = claims.get(text("GRIST_OIDC_SP_PROFILE_NAME_ATTR", "name"))
        return {"email": email, "name": name or str(claims.get("given_name", ""))}

    def end_url(self, target: str) -> str:
        """Where to send who signs out."""
        if self._environment.enabled("GRIST_OIDC_IDP_SKIP_END_SESSION_ENDPOINT"):
            return target
        own = self._environment.text("GRIST_OIDC_IDP_END_SESSION_ENDPOINT")
        end = own or str(self._facts.get("end_session_endpoint", ""))
        asked = urlencode({"post_logout_redirect_uri": target, "client_id": self._client[0]})
        return f"{end}?{asked}" if end else target

    def _callback(self, origin: str) -> str:
        host = self._environment.text("GRIST_OIDC_SP_HOST", self._environment.home_url or origin)
        return host.rstrip("/") + CALLBACK

    def _claims(self, code: str, kept: Mapping[str, str]) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": kept["callback"],
            **({"code_verifier": kept["verifier"]} if "verifier" in kept else {}),
        }
        pair = ":".join(quote(each, safe="") for each in self._client)
        basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        tokens = self._ask("POST", self._facts["token_endpoint"], basic, urlencode(form))
        claims = self._checked(str(tokens.get("id_token", "")))
        if claims.get("nonce") != kept.get("nonce", claims.get("nonce")):
            raise RefusedError(400, "The nonce does not match the one of the session")
        if isinstance(info := self._facts.get("userinfo_endpoint"), str):
            bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            claims |= self._ask("GET", info, bearer)
        return claims

    def _checked(self, token: str) -> dict[str, Any]:
        try:
            head, body, signature = token.split(".")
            header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
            self._verify(header, f"{head}.{body}".encode(), _bytes(signature))
        except (ValueError, KeyError) as fault:
            raise ProviderError("The id token is not readable") from fault
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self._facts["issuer"] or self._client[0] not in audiences:
            raise ProviderError("The id token is for somebody else")
        if float(claims.get("exp", 0)) < time.time() - _SKEW_S:
            raise ProviderError("The id token has expired")
        return dict(claims)

    def _verify(self, header: Mapping[str, str], signed: bytes, signature: bytes) -> None:
        if header["alg"] != "RS256":
            raise ProviderError("The id token is signed in a way we do not know")
        hazmat = "cryptography.hazmat.primitives"
        rsa = importlib.import_module(f"{hazmat}.asymmetric.rsa")
        padding = importlib.import_module(f"{hazmat}.asymmetric.padding")
        digest = importlib.import_module(f"{hazmat}.hashes").SHA256()
        keys = self._ask("GET", self._facts["jwks_uri"])["keys"]
        wanted = [each for each in keys if each.get("kid") == header.get("kid")]
        for each in (key for key in wanted or keys if key.get("kty") == "RSA"):
            numbers = (int.from_bytes(_bytes(each[part]), "big") for part in ("e", "n"))
            try:
                key = rsa.RSAPublicNumbers(*numbers).public_key()
                key.verify(signature, signed, padding.PKCS1v15(), digest)
            except importlib.import_module("cryptography.exceptions").InvalidSignature:
                continue
            return
        raise ProviderError("The id token is not signed by the provider")

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, form: str = ""
    ) -> dict[str, Any]:
        parts = urlsplit(url)
        connection = (
            http.client.HTTPSConnection(
                parts.netloc, timeout=self._wait_s, context=_context(self._environment)
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.netloc, timeout=self._wait_s)
        )
        sent = {"Accept": "application/json", **(headers or {})}
        if form:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            connection.request(method, target, form or None, sent)
            response = connection.getresponse()
            found = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise ProviderError(f"{url}: {type(fault).__name__}: {fault}") from fault  # noqa: EM102
        finally:
            connection.close()
        if response.status != http.client.OK or not isinstance(found, dict):
            raise ProviderError(f"{url} answered {response.status}")  # noqa: EM102
        return found


def _context(environment: Environment) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if extra := environment.text("NODE_EXTRA_CA_CERTS"):
        context.load_verify_locations(extra)
    return context


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

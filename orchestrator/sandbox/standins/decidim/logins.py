"""Ways to sign in elsewhere: a provider is there when the environment holds its secret."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from orchestrator.sandbox.standins.decidim.environment import Environment

_NAMES = {
    "france_connect": "OMNIAUTH_FRANCE_CONNECT_",
    "openid_connect": "OMNIAUTH_OPENID_CONNECT_",
    "publik": "OMNIAUTH_PUBLIK_",
}
_TITLES = {
    "france_connect": "FranceConnect",
    "openid_connect": "OpenID Connect",
    "publik": "Publik",
}


def providers(environment: Environment) -> Mapping[str, str]:
    """The providers that are on, with the words on their buttons."""
    return {
        name: environment.text(f"{prefix}DISPLAY_NAME", _TITLES[name])
        for name, prefix in _NAMES.items()
        if environment.text(f"{prefix}{_secret(name)}")
    }


def start(environment: Environment, name: str, host: str) -> str:
    """Where the visitor goes to say who they are.

    Without a fixed address to come back to, it is made from the host, which the issuer must know.
    """
    prefix = _NAMES[name]
    if name == "publik":
        issuer = environment.text(f"{prefix}SITE_URL")
        client, back = environment.text(f"{prefix}CLIENT_ID"), ""
    else:
        issuer = environment.text(f"{prefix}ISSUER")
        client = environment.text(f"{prefix}CLIENT_OPTIONS_IDENTIFIER")
        back = environment.text(f"{prefix}CLIENT_OPTIONS_REDIRECT_URI")
    query = {
        "client_id": client,
        "redirect_uri": back or f"https://{host}/users/auth/{name}/callback",
        "response_type": environment.text(f"{prefix}RESPONSE_TYPE", "code"),
        "scope": environment.text(f"{prefix}SCOPE", "openid").replace(",", " "),
        "state": secrets.token_hex(16),
    }
    return f"{issuer.rstrip('/')}/authorize?{urlencode(query)}"


def _secret(name: str) -> str:
    return "CLIENT_SECRET" if name == "publik" else "CLIENT_OPTIONS_SECRET"

"""The way to sign in, through the entrance: a page, and the few requests that it and clients make.

The secrets server is an OpenID Connect provider, but it is compiled without its web pages; so the
page that its discovery document names is ours. Nothing else of that server is behind the entrance:
each path stands here in full, and is matched as it was sent, dots and all.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from orchestrator.sandbox.layout import IDENTITY_HOST

_SLUG = "[a-z0-9-]+"
_ACCOUNT = "[0-9a-f]{64}"
_PROVIDER = f"/v1/identity/oidc/provider/{_SLUG}"
# what clients and the page ask of the secrets server: path, methods
_PASSED_ON = {
    "discovery": (f"{_PROVIDER}/[.]well-known/openid-configuration", ("GET",)),
    "keys": (f"{_PROVIDER}/[.]well-known/keys", ("GET",)),
    "authorize": (f"{_PROVIDER}/authorize", ("POST",)),
    "token": (f"{_PROVIDER}/token", ("POST",)),
    "userinfo": (f"{_PROVIDER}/userinfo", ("GET", "POST")),
    "login": (f"/v1/auth/tenants/{_SLUG}/people/login/{_ACCOUNT}", ("POST",)),
}
# what is ours: path, file, kind
_OURS = {
    "page": (f"/ui/vault/identity/oidc/provider/{_SLUG}/authorize", "page.html", "text/html"),
    "script": ("/sign-in/page.js", "page.js", "text/javascript"),
    "style": ("/sign-in/page.css", "page.css", "text/css"),
}
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def routes(secrets_server: str) -> str:
    """The routes in the entrance's own language; `secrets_server` is the URL of its API."""
    passed_on = [
        f'{name}: {_asked(path, methods)} -> "{secrets_server}";'
        for name, (path, methods) in _PASSED_ON.items()
    ]
    headers = " -> ".join(f"setResponseHeader(`{name}`, `{HEADERS[name]}`)" for name in HEADERS)
    ours = [
        f"{name}: {_asked(path, ('GET',))} -> {headers}"
        f" -> inlineContent({_quoted(_file(file))}, `{kind}; charset=utf-8`) -> <shunt>;"
        for name, (path, file, kind) in _OURS.items()
    ]
    return "\n".join(f"sign_in_{route}" for route in (*passed_on, *ours)) + "\n"


def _asked(path: str, methods: tuple[str, ...]) -> str:
    host = IDENTITY_HOST.replace(".", "[.]")
    allowed = ", ".join(f"`{method}`" for method in methods)
    return f"Host(`^{host}(:[0-9]+)?$`) && PathRegexp(`^{path}$`) && Methods({allowed})"


def _file(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"

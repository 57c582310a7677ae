"""The ways in and out for people: login, callback, logout, and the operator's boot key."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.grist import accounts, pages, settings, sites
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, redirect, told
from orchestrator.sandbox.standins.grist.frame import Visit
from orchestrator.sandbox.standins.grist.oidc import ProviderError


def login(visit: Visit) -> Answer:
    """Sign in by whatever system there is. The smallest one signs in whoever asks."""
    instance, request = visit.instance, visit.request
    if instance.logins.provider is not None:
        location, kept = instance.logins.provider.begin(request.origin)
        session = {**instance.sessions.read(request), "oidc": kept}
        cookie = instance.sessions.write(request, session, renew=False)
        return Answer(HTTPStatus.FOUND, headers={"Location": location, "Set-Cookie": cookie})
    if instance.logins.kind == "forward-auth":
        return redirect(instance.logins.login_path)
    return enter(visit, instance.environment.default_email, "")


def callback(visit: Visit) -> Answer:
    """The return from the provider."""
    instance, request = visit.instance, visit.request
    if instance.logins.provider is None:
        raise RefusedError(404, "no provider")
    kept = instance.sessions.read(request).get("oidc") or {}
    try:
        profile = instance.logins.provider.finish(request.query, kept)
    except ProviderError as fault:
        instance.log.say("login failed", level="error", reason=str(fault))
        raise RefusedError(500, "The identity provider did not answer as it should") from None
    return enter(visit, profile["email"], profile["name"])


def forwarded(visit: Visit) -> Answer:
    """The page behind the entrance that names who comes."""
    if not (email := visit.instance.logins.named(visit.request)):
        raise RefusedError(401, "The entrance named nobody")
    return enter(visit, email, "")


def logout(visit: Visit) -> Answer:
    """Sign out."""
    instance, target = visit.instance, (visit.instance.environment.home_url or "") + "/"
    provider = instance.logins.provider
    location = provider.end_url(target) if provider else target
    cookie = instance.sessions.end(visit.request)
    return Answer(HTTPStatus.FOUND, headers={"Location": location, "Set-Cookie": cookie})


def enter(visit: Visit, email: str, name: str) -> Answer:
    """Let somebody in, and make the person known."""
    headers = {"Location": "/", "Set-Cookie": _session(visit, email, name)}
    return Answer(HTTPStatus.FOUND, headers=headers)


def boot_page(_visit: Visit) -> Answer:
    """Where the operator shows the key."""
    return Answer(body=pages.document("Boot", pages.sentence("The boot key opens the setup.")))


def boot_login(visit: Visit) -> Answer:
    """A session of the administrator for whoever knows the boot key."""
    asked: Any = visit.request.json
    asked = asked if isinstance(asked, dict) else {}
    key, given = visit.instance.settings.boot_key, str(asked.get("bootKey") or "")
    if not key or not hmac.compare_digest(key.encode(), given.encode()):
        return told({"error": "invalid-key"}, 401)
    email = str(asked.get("adminEmail") or visit.instance.settings.admin_email).strip().lower()
    if email != visit.instance.settings.admin_email:
        # Remembered, though where the environment names somebody it is the environment that counts.
        visit.instance.settings.patch({"envVars": {settings.ADMIN_EMAIL: email}})
    cookie = _session(visit, email, "")
    return Answer(HTTPStatus.NO_CONTENT, headers={"Set-Cookie": cookie})


def _session(visit: Visit, email: str, name: str) -> str:
    user = accounts.ensure(visit.database, email, name)
    if user["disabled_at"]:
        raise RefusedError(403, "User is disabled")
    accounts.signed_in(visit.database, user)
    if visit.instance.settings.personal_orgs:
        sites.ensure_personal(visit.database, user)
    session = {"users": [{"profile": {"email": user["email"], "name": user["name"]}}]}
    return visit.instance.sessions.write(visit.request, session, renew=True)

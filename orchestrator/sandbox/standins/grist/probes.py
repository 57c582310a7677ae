"""What the server finds when it looks at itself; for the administrator alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from orchestrator.sandbox.standins.grist import sandboxing
from orchestrator.sandbox.standins.grist.environment import PUBLIC_SESSION_SECRET
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit

Result = dict[str, Any]
_SHORTEST_KEY = 10


def listed(visit: Visit) -> Answer:
    """The probes there are."""
    visit.demand_admin()
    return told({"probes": [{"id": name, "name": title} for name, (title, _) in _PROBES.items()]})


def result(visit: Visit, name: str) -> Answer:
    """What one probe finds."""
    visit.demand_admin()
    if name not in _PROBES:
        raise RefusedError(404, "probe not found")
    return told(_PROBES[name][1](visit))


def _result(status: str, verdict: str = "", **details: object) -> Result:
    return {"status": status, **({"verdict": verdict} if verdict else {}), "details": details}


def _home_url(visit: Visit) -> Result:
    url = visit.instance.settings.text("APP_HOME_URL")
    return _result("success", value=url) if url else _result("warning", "It is guessed", value="")


def _health(visit: Visit) -> Result:
    return _result("success" if visit.instance.ready.is_set() else "fault")


def _system_user(_visit: Visit) -> Result:
    number = os.getuid()
    return _result("success", uid=number) if number else _result("warning", "It is root", uid=0)


def _boot_key(visit: Visit) -> Result:
    key = visit.instance.settings.boot_key
    if not key:
        return _result("success", "The boot key is disabled")
    status = "warning" if len(key) > _SHORTEST_KEY else "fault"
    return _result(status, "Who knows the boot key is administrator")


def _host_header(visit: Visit) -> Result:
    wanted = urlsplit(visit.instance.settings.text("APP_HOME_URL")).netloc.lower()
    found = visit.request.headers.get("host", "").lower()
    status = "success" if wanted in {"", found} else "warning"
    return _result(status, expected=wanted, found=found)


def _sandboxing(visit: Visit) -> Result:
    flavour = visit.instance.sandbox
    open_door = flavour == sandboxing.UNSANDBOXED
    verdict = "Formulas are not sandboxed" if open_door else ""
    status = "warning" if open_door else "success"
    return _result(status, verdict, flavor=flavour, sandboxed=not open_door)


def _authentication(visit: Visit) -> Result:
    # A success even where whoever opens the login page is signed in: look at the provider.
    return _result("success", provider=visit.instance.logins.kind)


def _websockets(_visit: Visit) -> Result:
    return _result("success")


def _session_secret(visit: Visit) -> Result:
    if visit.instance.environment.session_secret == PUBLIC_SESSION_SECRET:
        return _result("warning", "The session secret is the one that everybody can read")
    return _result("success")


def _admins(visit: Visit) -> Result:
    return _result("success", emails=[visit.instance.settings.admin_email])


def _service(visit: Visit) -> Result:
    served = visit.instance.settings.in_service
    return _result("success" if served else "warning", inService=served)


def _backups(visit: Visit) -> Result:
    active = visit.instance.library.bucket is not None
    status = "success" if active else "warning"
    return _result(status, active=active, backend="minio" if active else "none")


def _sandbox_providers(_visit: Visit) -> Result:
    found = []
    for flavour in (sandboxing.GVISOR, sandboxing.UNSANDBOXED):
        try:
            sandboxing.check(flavour)
        except sandboxing.NoSandboxError:
            found.append({"flavor": flavour, "available": False})
        else:
            found.append({"flavor": flavour, "available": True})
    return _result("success", options=found)


def _persist_data(visit: Visit) -> Result:
    folder = visit.instance.environment.instance_folder
    kept = os.path.ismount(folder) or visit.instance.library.bucket is not None
    return _result("success" if kept else "warning", folder=str(folder))


def _outgoing(visit: Visit) -> Result:
    text = visit.instance.environment.text
    domains = text("ALLOWED_WEBHOOK_DOMAINS")
    asks = visit.instance.environment.enabled("GRIST_ENABLE_REQUEST_FUNCTION")
    proxy = text("GRIST_PROXY_FOR_UNTRUSTED_URLS")
    closed = (not domains and not asks) or proxy not in {"", "direct"}
    status = "success" if closed else "warning"
    return _result(status, webhookDomains=domains, requestFunction=asks, proxied=bool(proxy))


_PROBES: Mapping[str, tuple[str, Callable[[Visit], Result]]] = {
    "home-url": ("Home URL", _home_url),
    "health-check": ("Built-in health check", _health),
    "system-user": ("System user", _system_user),
    "boot-key": ("Boot key", _boot_key),
    "host-header": ("Host header", _host_header),
    "sandboxing": ("Sandboxing", _sandboxing),
    "authentication": ("Authentication", _authentication),
    "websockets": ("Web sockets", _websockets),
    "session-secret": ("Session secret", _session_secret),
    "admins": ("Administrators", _admins),
    "service-status": ("Service status", _service),
    "backups": ("Backups", _backups),
    "sandbox-providers": ("Sandbox providers", _sandbox_providers),
    "persist-data": ("Persistent data", _persist_data),
    "outgoing-requests": ("Outgoing requests", _outgoing),
}

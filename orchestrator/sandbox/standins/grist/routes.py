"""Which address is answered by what."""

from __future__ import annotations

import re
from collections.abc import Callable

from orchestrator.sandbox.standins.grist import (
    attachments,
    contents,
    doors,
    downloads,
    hooks,
    installation,
    oidc,
    papers,
    places,
    probes,
    profiles,
    scim,
)
from orchestrator.sandbox.standins.grist.exchange import Answer, told
from orchestrator.sandbox.standins.grist.frame import Visit

Handler = Callable[..., Answer]

_DOCUMENT = "/api/docs/<name>"
_TABLE = f"{_DOCUMENT}/tables/<table>"
_SERVICE = "/api/service-accounts"
_USERS = "/api/scim/v2/Users"


def _none(_visit: Visit) -> Answer:
    """A list that the product would fetch from elsewhere; here nothing is fetched."""
    return told([])


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/login", doors.login),
    ("GET", "/signup", doors.login),
    ("GET", "/signin", doors.login),
    ("GET", "/logout", doors.logout),
    ("GET", oidc.CALLBACK, doors.callback),
    ("GET", "/auth/login", doors.forwarded),
    ("GET", "/boot", doors.boot_page),
    ("POST", "/boot/login", doors.boot_login),
    ("GET", "/api/install/prefs", installation.prefs),
    ("PATCH", "/api/install/prefs", installation.change_prefs),
    ("GET", "/api/probes", probes.listed),
    ("GET", "/api/probes/<name>", probes.result),
    ("GET", "/api/profile/user", profiles.profile),
    ("POST", "/api/profile/user/name", profiles.change_name),
    ("GET", "/api/profile/apikey", profiles.key),
    ("POST", "/api/profile/apikey", profiles.new_key),
    ("DELETE", "/api/profile/apikey", profiles.remove_key),
    ("GET", "/api/session/access/active", profiles.session),
    ("GET", "/api/session/access/all", profiles.sessions),
    ("GET", _SERVICE, profiles.service_accounts),
    ("POST", _SERVICE, profiles.add_service_account),
    ("GET", f"{_SERVICE}/<number>", profiles.service_account),
    ("DELETE", f"{_SERVICE}/<number>", profiles.remove_service_account),
    ("DELETE", "/api/doom/account", installation.close_account),
    ("DELETE", "/api/users/<number>", installation.delete_user),
    ("POST", "/api/users/<number>/<what:enable|disable>", installation.suspend),
    ("GET", "/api/scim/v2/Me", scim.guarded(scim.me)),
    ("GET", _USERS, scim.guarded(scim.users)),
    ("POST", _USERS, scim.guarded(scim.add)),
    ("GET", f"{_USERS}/<number>", scim.guarded(scim.user)),
    ("PUT", f"{_USERS}/<number>", scim.guarded(scim.change)),
    ("DELETE", f"{_USERS}/<number>", scim.guarded(scim.delete)),
    ("GET", "/api/widgets", _none),
    ("GET", "/api/templates", _none),
    ("GET", "/api/orgs", places.orgs),
    ("POST", "/api/orgs", places.add_org),
    ("GET", "/api/orgs/<name>", places.org),
    ("PATCH", "/api/orgs/<name>", places.change_org),
    ("DELETE", "/api/orgs/<name>/<title>", places.remove_org),
    ("GET", "/api/orgs/<name>/access", places.org_access),
    ("PATCH", "/api/orgs/<name>/access", places.change_org_access),
    ("GET", "/api/orgs/<name>/workspaces", places.workspaces),
    ("POST", "/api/orgs/<name>/workspaces", places.add_workspace),
    ("GET", "/api/workspaces/<number>", places.workspace),
    ("PATCH", "/api/workspaces/<number>", places.change_workspace),
    ("DELETE", "/api/workspaces/<number>", places.remove_workspace),
    ("GET", "/api/workspaces/<number>/access", places.workspace_access),
    ("PATCH", "/api/workspaces/<number>/access", places.change_workspace_access),
    ("POST", "/api/workspaces/<number>/docs", places.add_document),
    ("POST", "/api/workspaces/<number>/import", places.import_document),
    ("GET", _DOCUMENT, papers.document),
    ("PATCH", _DOCUMENT, papers.change),
    ("DELETE", _DOCUMENT, papers.delete),
    ("GET", f"{_DOCUMENT}/access", papers.shared),
    ("PATCH", f"{_DOCUMENT}/access", papers.share),
    ("PATCH", f"{_DOCUMENT}/move", papers.move),
    ("POST", f"{_DOCUMENT}/flush", papers.flush),
    ("POST", f"{_DOCUMENT}/force-reload", papers.reload),
    ("POST", f"{_DOCUMENT}/<what:enable|disable>", papers.suspend),
    ("GET", f"{_DOCUMENT}/snapshots", papers.snapshots),
    ("POST", f"{_DOCUMENT}/snapshots/remove", papers.remove_snapshots),
    ("POST", f"{_DOCUMENT}/replace", papers.replace),
    ("GET", f"{_DOCUMENT}/states", papers.states),
    ("POST", f"{_DOCUMENT}/states/remove", papers.forget_states),
    ("GET", f"{_DOCUMENT}/download", downloads.document),
    ("GET", f"{_DOCUMENT}/download/csv", downloads.text),
    ("GET", f"{_DOCUMENT}/download/xlsx", downloads.sheets),
    ("GET", f"{_DOCUMENT}/download/table-schema", downloads.schema),
    ("GET", f"{_DOCUMENT}/attachments", attachments.listed),
    ("POST", f"{_DOCUMENT}/attachments", attachments.add),
    ("GET", f"{_DOCUMENT}/attachments/store", attachments.store),
    ("POST", f"{_DOCUMENT}/attachments/store", attachments.choose_store),
    ("GET", f"{_DOCUMENT}/attachments/<number>", attachments.one),
    ("GET", f"{_DOCUMENT}/attachments/<number>/download", attachments.download),
    ("GET", f"{_DOCUMENT}/webhooks", hooks.listed),
    ("POST", f"{_DOCUMENT}/webhooks", hooks.add),
    ("DELETE", f"{_DOCUMENT}/webhooks/<hook>", hooks.remove),
    ("GET", f"{_DOCUMENT}/sql", contents.sql),
    ("POST", f"{_DOCUMENT}/sql", contents.sql),
    ("GET", f"{_DOCUMENT}/tables", contents.tables),
    ("POST", f"{_DOCUMENT}/tables", contents.add_tables),
    ("PATCH", f"{_DOCUMENT}/tables", contents.change_tables),
    ("GET", f"{_TABLE}/columns", contents.columns),
    ("POST", f"{_TABLE}/columns", contents.add_columns),
    ("PATCH", f"{_TABLE}/columns", contents.change_columns),
    ("PUT", f"{_TABLE}/columns", contents.put_columns),
    ("DELETE", f"{_TABLE}/columns/<column>", contents.remove_column),
    ("GET", f"{_TABLE}/records", contents.found_records),
    ("POST", f"{_TABLE}/records", contents.add_records),
    ("PATCH", f"{_TABLE}/records", contents.change_records),
    ("PUT", f"{_TABLE}/records", contents.put_records),
    ("GET", f"{_TABLE}/data", contents.found_data),
    ("POST", f"{_TABLE}/data/delete", contents.remove_records),
    ("POST", f"{_TABLE}/records/delete", contents.remove_records),
)


def _compiled(pattern: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        name, _, choice = found[1].partition(":")
        return f"(?P<{name}>{choice or ('[0-9]+' if name == 'number' else '[^/]+')})"

    return re.compile(re.sub(r"<([^>]+)>", group, pattern), re.IGNORECASE)


_COMPILED = [(method, _compiled(pattern), handler) for method, pattern, handler in _ROUTES]


def find(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """What answers the address, and the parts of it that vary."""
    wanted = "GET" if method == "HEAD" else method
    for each, pattern, handler in _COMPILED:
        if each == wanted and (found := pattern.fullmatch(path)):
            return handler, found.groupdict()
    return None

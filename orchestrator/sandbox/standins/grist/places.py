"""The API of sites, workspaces, and of documents as things that lie there."""

from __future__ import annotations

from typing import Any

from orchestrator.sandbox.standins.grist import access, sites
from orchestrator.sandbox.standins.grist.database import now
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit


def orgs(visit: Visit) -> Answer:
    """The sites that one may enter; for strangers, usually none."""
    rows = visit.database.rows("SELECT * FROM orgs ORDER BY id")
    found = [sites.shown_org(visit.database, each, visit.user) for each in rows]
    return told([each for each in found if each["access"]])


def org(visit: Visit, name: str) -> Answer:
    """One site."""
    return told(sites.shown_org(visit.database, _org(visit, name, "members"), visit.user))


def change_org(visit: Visit, name: str) -> Answer:
    """Another name for a site."""
    row = _org(visit, name, "owners")
    visit.database.update("orgs", row["id"], name=_name(visit), updated_at=now())
    return told(None)


def remove_org(visit: Visit, name: str, title: str) -> Answer:
    """A site less, with all that lies there; its name must be said once more."""
    row = _org(visit, name, "owners")
    if title not in {row["name"], "force-delete"}:
        raise RefusedError(400, "Site name does not match")
    query = "SELECT id FROM workspaces WHERE org_id = %s"
    for each in visit.database.rows(query, row["id"]):
        _empty(visit, each["id"])
    visit.database.run("DELETE FROM orgs WHERE id = %s", row["id"])
    return told(None)


def add_org(visit: Visit) -> Answer:
    """A new site, where anyone may make one."""
    user = visit.demand_user()
    if not visit.instance.settings.anyone_creates_orgs and not visit.is_admin:
        raise RefusedError(403, "not permitted to create a site")
    domain = str(visit.request.fields.get("domain") or "").lower()
    if not sites.ensure_team(visit.database, domain, user):
        raise RefusedError(400, "Domain already in use")
    row = sites.org(visit.database, domain, user)
    visit.database.update("orgs", row["id"], name=_name(visit))
    return told(row["id"])


def org_access(visit: Visit, name: str) -> Answer:
    """Who may enter a site."""
    return told(access.listed(visit.database, access.ORG, _org(visit, name, "members")))


def change_org_access(visit: Visit, name: str) -> Answer:
    """Let others in."""
    row = _org(visit, name, "owners")
    access.change(visit.database, access.ORG, row["id"], _delta(visit))
    return told(None)


def workspaces(visit: Visit, name: str) -> Answer:
    """The workspaces of a site."""
    row = _org(visit, name, "members")
    query = "SELECT * FROM workspaces WHERE org_id = %s AND removed_at IS NULL ORDER BY id"
    rows = visit.database.rows(query, row["id"])
    found = [sites.shown_workspace(visit.database, each, visit.user) for each in rows]
    return told([each for each in found if each["access"] or each["docs"]])


def add_workspace(visit: Visit, name: str) -> Answer:
    """A new workspace."""
    row = _org(visit, name, "editors")
    return told(sites.add_workspace(visit.database, row["id"], _name(visit), visit.user))


def workspace(visit: Visit, number: str) -> Answer:
    """One workspace, with its documents."""
    row = _workspace(visit, number, "viewers")
    parent = sites.org(visit.database, str(row["org_id"]), visit.user)
    shown = sites.shown_workspace(visit.database, row, visit.user)
    return told({**shown, "org": sites.shown_org(visit.database, parent, visit.user)})


def change_workspace(visit: Visit, number: str) -> Answer:
    """Another name for a workspace."""
    row = _workspace(visit, number, "editors")
    visit.database.update("workspaces", row["id"], name=_name(visit), updated_at=now())
    return told(None)


def remove_workspace(visit: Visit, number: str) -> Answer:
    """A workspace less, with its documents and all their versions."""
    _empty(visit, _workspace(visit, number, "owners")["id"])
    return told(None)


def workspace_access(visit: Visit, number: str) -> Answer:
    """Who may enter a workspace."""
    row = _workspace(visit, number, "viewers")
    return told(access.listed(visit.database, access.WORKSPACE, row))


def change_workspace_access(visit: Visit, number: str) -> Answer:
    """Let others in."""
    row = _workspace(visit, number, "owners")
    access.change(visit.database, access.WORKSPACE, row["id"], _delta(visit))
    return told(None)


def add_document(visit: Visit, number: str) -> Answer:
    """A new document."""
    row = _workspace(visit, number, "editors")
    made = sites.add_document(visit.database, row["id"], _name(visit), visit.user)
    visit.instance.library.create(made)
    return told(made)


def import_document(visit: Visit, number: str) -> Answer:
    """A new document from a file."""
    row = _workspace(visit, number, "editors")
    if not (uploads := visit.request.uploads):
        raise RefusedError(400, "no file in the body")
    name = visit.request.query.get("documentName") or uploads[0].name.rpartition(".")[0]
    made = sites.add_document(visit.database, row["id"], name or "Untitled", visit.user)
    visit.instance.library.replace(made, uploads[0].content)
    return told({"id": made, "title": name})


def _empty(visit: Visit, number: int) -> None:
    query = "SELECT id FROM docs WHERE workspace_id = %s"
    for each in visit.database.rows(query, number):
        visit.instance.library.remove(each["id"])
        visit.database.run("DELETE FROM docs WHERE id = %s", each["id"])
    visit.database.run("DELETE FROM workspaces WHERE id = %s", number)


def _org(visit: Visit, name: str, least: str) -> dict[str, Any]:
    row = visit.org(name)
    access.demand(visit.database, visit.user, access.ORG, row, least)
    return row


def _workspace(visit: Visit, number: str, least: str) -> dict[str, Any]:
    row = sites.workspace(visit.database, int(number))
    access.demand(visit.database, visit.user, access.WORKSPACE, row, least)
    return row


def _name(visit: Visit) -> str:
    if not (name := str(visit.request.fields.get("name") or "").strip()):
        raise RefusedError(400, "name is missing")
    return name


def _delta(visit: Visit) -> dict[str, Any]:
    if not isinstance(delta := visit.request.fields.get("delta"), dict):
        raise RefusedError(400, "Bad request: access delta missing")
    return delta

"""What a workbench must do before it is called live, tried over its own API (grist-rudi.md A5).

Each check is a function that returns what was seen, or raises `NotAccepted` with what was not. What
they make is removed again; what a killed run left is removed by the next one.
"""

from __future__ import annotations

import json
import secrets as chance
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from orchestrator.products.grist.api import Api
from orchestrator.products.grist.instance import Grist
from orchestrator.products.grist.release import GristRelease
from orchestrator.products.product import Check, Subject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import (
    REFUSALS,
    expect,
    header,
    refuse,
    stranger_refused,
)

TRIAL = "orchestrator-acceptance-"
EVIDENCE = "orchestrator-probes"
PROVIDER = "oidc"
UNSANDBOXED = "unsandboxed"
SCIM = "/api/scim/v2/Users"
_FORMULA = "$Number * 6"

GristSubject = Subject[Grist, GristRelease]


def in_service(subject: GristSubject, tools: Toolbox) -> str:
    """The API answers: the health page alone is well while every call is refused (A3)."""
    expect(subject, tools, "/status?ready=1&db=1&redis=1", 200)
    found = Api(subject, tools).get("/api/orgs/current")
    return f"the site {found['domain']} answers over the API"


def closed(subject: GristSubject, tools: Toolbox) -> str:
    """Who signs in nowhere sees nothing, unless the tenant file says that documents are public."""
    answer = tools.web.request("GET", f"{subject.public_url}/api/orgs/current/workspaces")
    shown = answer.status == 200 and json.loads(answer.body)
    if shown and not subject.instance.public_documents:
        refuse("workspaces are shown to people without an account")
    return f"{answer.status} without an account"


def sign_in(subject: GristSubject, tools: Toolbox) -> str:
    """The sign-in page leads to the provider, and signs nobody in by itself (A3)."""
    answer = tools.web.request("GET", f"{subject.public_url}/login")
    place = header(answer, "location")
    issuer = _issuer(subject, tools)
    host = issuer.split("/")[2]
    if answer.status != 302 or not place.startswith(f"https://{host}/"):
        refuse(f"/login answers {answer.status} and leads to {place or 'no provider'}")
    return f"/login leads to {host}"


def operator_shut_out(subject: GristSubject, tools: Toolbox) -> str:
    """The operator's door is shut, and the key of the first start opens nothing."""
    seen = []
    for path in ("/boot", "/boot/login", "/boot/", "/metrics"):
        answer = tools.web.request("GET", f"{subject.public_url}{path}")
        if answer.status not in REFUSALS:
            refuse(f"{path} answers {answer.status} to everybody")
        seen.append(str(answer.status))
    return f"/boot and /metrics answer {', '.join(sorted(set(seen)))}"


def people(subject: GristSubject, tools: Toolbox) -> str:
    """The administrator's programs may manage accounts by SCIM, and nobody else's."""
    found = Api(subject, tools).get(f"{SCIM}?count=1")
    if found["totalResults"] < 1:
        refuse("SCIM knows nobody, not even the administrator")
    stranger = tools.web.request("GET", f"{subject.public_url}{SCIM}")
    if stranger.status not in (401, 403):
        refuse(f"SCIM answers {stranger.status} to everybody")
    return f"{found['totalResults']} by SCIM; {stranger.status} to strangers"


def own_probes(subject: GristSubject, tools: Toolbox) -> str:
    """What the server finds when it looks at itself; all of it is kept as evidence."""
    api = Api(subject, tools)
    found = {
        one["id"]: api.get(f"/api/probes/{one['id']}") for one in api.get("/api/probes")["probes"]
    }
    kept = {name: json.dumps(one, sort_keys=True) for name, one in found.items()}
    at = {"at": tools.clock.now().isoformat()}
    tools.cluster.write_note(subject.names.namespace, EVIDENCE, {**kept, **at})
    if unwell := [
        f"{name} is {found[name]['status'] if name in found else 'not there'}"
        for name in subject.release.probes
        if name not in found or found[name]["status"] != "success"
    ]:
        refuse("; ".join(unwell))
    provider = found["authentication"].get("details", {}).get("provider")
    if provider != PROVIDER:
        # With the smallest one whoever opens the sign-in page is signed in, and it is "success".
        refuse(f"people sign in by {provider or 'nobody knows what'}, not by {PROVIDER}")
    sandbox = found.get("sandboxing", {})
    flavour = sandbox.get("details", {}).get("flavor", UNSANDBOXED)
    if flavour != UNSANDBOXED and sandbox["status"] != "success":
        # Without one is a finding of the policy; with one that does not work nobody would know.
        refuse(f"formulas should run in {flavour}, and sandboxing is {sandbox['status']}")
    return f"{len(found)} probes, {len(subject.release.probes)} demanded; people sign in by OIDC"


def document(subject: GristSubject, tools: Toolbox) -> str:
    """A document is made, filled, calculated, asked, exported, and shut to strangers."""
    api = Api(subject, tools)
    with _trial(api) as number:
        made = api.post(f"/api/workspaces/{number}/docs", {"name": "Trial"})
        place = f"/api/docs/{made}"
        columns = [
            {"id": "Number", "fields": {"type": "Int"}},
            {"id": "Answer", "fields": {"type": "Any", "isFormula": True, "formula": _FORMULA}},
        ]
        api.post(f"{place}/tables", {"tables": [{"id": "Trial", "columns": columns}]})
        rows = {"records": [{"fields": {"Number": 7}}]}
        api.post(f"{place}/tables/Trial/records", rows)
        (record,) = api.get(f"{place}/tables/Trial/records")["records"]
        if record["fields"]["Answer"] != 42:
            refuse(f"a formula gives {record['fields']['Answer']!r}, not 42")
        asked = quote("select sum(Answer) as total from Trial")
        (row,) = api.get(f"{place}/sql?q={asked}")["records"]
        if row["fields"]["total"] != 42:
            refuse("a query in SQL does not find what is in the table")
        size = api.size(f"{place}/download")
        if not api.size(f"{place}/download/csv?tableId=Trial"):
            refuse("a table cannot be taken away as CSV")
        stranger = tools.web.request("GET", f"{subject.public_url}{place}/tables/Trial/records")
        if stranger.status not in (401, 403, 404):
            refuse(f"a stranger reads a document: {stranger.status}")
        api.delete(place)
    return (
        f"6 * 7 by a formula, found by SQL; {size} bytes exported; {stranger.status} to strangers"
    )


CHECKS: Mapping[str, Check[Grist, GristRelease]] = {
    "service": in_service,
    "strangers": closed,
    "sign-in": sign_in,
    "closed doors": operator_shut_out,
    "other names": stranger_refused,
    "own probes": own_probes,
    "document": document,
    "people": people,
}


@contextmanager
def _trial(api: Api) -> Iterator[int]:
    """A workspace for the trial alone; those of runs that were killed go first."""
    for one in api.get("/api/orgs/current/workspaces"):
        if str(one["name"]).startswith(TRIAL):
            api.delete(f"/api/workspaces/{one['id']}")
    name = f"{TRIAL}{chance.token_hex(4)}"
    number = int(api.post("/api/orgs/current/workspaces", {"name": name}))
    try:
        yield number
    finally:
        api.delete(f"/api/workspaces/{number}")


def _issuer(subject: GristSubject, tools: Toolbox) -> str:
    if own := subject.instance.login:
        return own.issuer
    kept = tools.secrets.read("grist/login") or {}
    return kept["issuer"].reveal()

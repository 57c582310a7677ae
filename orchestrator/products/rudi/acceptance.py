"""What a node must do before it is called live, and what it must refuse.

Each check is a function that returns what was seen, or raises `NotAccepted` with what was not.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from orchestrator.products.product import Check
from orchestrator.products.rudi import inside
from orchestrator.products.rudi.inside import CATALOG, MANAGER, STORAGE, RudiSubject
from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.rudi.publication import Dataset, Publisher, dataset
from orchestrator.products.rudi.release import RudiRelease
from orchestrator.products.secrets import login_path
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import (
    REDIRECTS,
    NotAccepted,
    expect,
    header,
    refuse,
    stranger_refused,
)

# Names that come with the product, and words that its documents and templates give them.
KNOWN_USERS = ("admin", "rudiadmin", "rudi_node_manager", "postman", "PM Admin", "orchestrator")
KNOWN_PASSWORDS = ("", "admin", "password", "rudi", "rudi-node-admin", "rudiadmin", "manager")


def catalog(subject: RudiSubject, tools: Toolbox) -> str:
    """Everybody can read the list, which proves the database behind it."""
    path = subject.release.modules.catalog.readiness
    answer = tools.web.request("GET", f"{subject.public_url}{path}")
    if answer.status >= 500:
        refuse(
            f"{path} answers {answer.status}: the catalog does not reach MongoDB "
            f"(statefulset/database in {subject.names.namespace})"
        )
    return expect(subject, tools, path, 200)


def storage(subject: RudiSubject, tools: Toolbox) -> str:
    """The storage answers, and reaches its database: it would start without one."""
    said = expect(subject, tools, subject.release.modules.storage.readiness, 200)
    known = f"/storage/download/{dataset(subject, restricted=False).media}"
    answer = tools.web.request("GET", f"{subject.public_url}{known}")
    if answer.status >= 500:
        refuse(
            f"the storage answers {answer.status} for a file: it does not reach MongoDB "
            f"(statefulset/database in {subject.names.namespace})"
        )
    return said


def gate(subject: RudiSubject, tools: Toolbox) -> str:
    """Before the manager stands the tenant's identity provider, for people and for programs."""
    expect(subject, tools, "/manager/api/front/user-info", 401)
    answer = tools.web.request("GET", f"{subject.public_url}/manager/")
    kept = tools.secrets.read(login_path(subject.names.product)) or {}
    issuer = urlsplit(kept["issuer"].reveal()).netloc if "issuer" in kept else ""
    place = urlsplit(header(answer, "location")).netloc
    if answer.status not in REDIRECTS or not issuer or place != issuer:
        refuse(f"/manager/ answers {answer.status} and leads to {place or 'nowhere'}")
    return f"people sign in at {place}, programs get 401"


def shut(subject: RudiSubject, tools: Toolbox) -> str:
    """What nobody may ask through the entrance is refused, in every spelling."""
    tried = 0
    for path in subject.release.paths.refused:
        for spelled in spellings(path):
            for method in ("GET", "POST"):
                body = b"{}" if method == "POST" else None
                url = f"{subject.public_url}{spelled}"
                answer = tools.web.request(method, url, body=body)
                tried += 1
                if answer.status not in {403, 404}:
                    refuse(f"{method} {spelled} answers {answer.status} to the outside")
    return f"{tried} requests refused"


def spellings(path: str) -> tuple[str, ...]:
    """The same path as proxies and servers may understand it differently."""
    last = path.rpartition("/")[2]
    encoded = f"%{ord(last[0]):02x}{last[1:]}"
    parent = path[: -len(last)]
    return (
        path,
        f"{path}/",
        f"{parent}/{last}",
        f"{parent}{encoded}",
        f"{parent}./{last}",
        f"{parent}x/../{last}",
        f"{parent}x%2f..%2f{last}",
        f"{parent}{last}?x=1",
    )


def strangers(subject: RudiSubject, tools: Toolbox) -> str:
    """Inside the pods, too, nobody changes anything without a token."""
    document = {"organization_id": "0", "organization_name": "x"}
    token = _unsigned()
    requests: tuple[Mapping[str, Any], ...] = (
        {"method": "PUT", "path": "/catalog/admin/organizations", "json": document},
        {"method": "PUT", "path": "/catalog/admin/organizations", "json": document, "token": token},
        {"method": "DELETE", "path": "/catalog/admin/db"},
    )
    for asked, said in zip(requests, inside.ask(subject, tools, CATALOG, *requests), strict=True):
        if said.status != 401:
            refuse(f"{asked['method']} {asked['path']} answers {said.status} without a token")
    return "401 without a token, and with one that nobody signed"


def known_passwords(subject: RudiSubject, tools: Toolbox) -> str:
    """No name that comes with the product opens with a word that comes with it."""
    pairs = [(name, word) for name in KNOWN_USERS for word in KNOWN_PASSWORDS]
    body = {"user_id": 1, "user_name": "x", "group_name": "producer"}
    forge = {"method": "POST", "path": "/storage/jwt/forge", "json": body}
    for (name, _), said in zip(
        pairs,
        inside.ask(
            subject,
            tools,
            STORAGE,
            *({**forge, "headers": {"Authorization": _basic(*pair)}} for pair in pairs),
        ),
        strict=True,
    ):
        if said.status != 401:
            refuse(f"the storage lets {name} in with a password that everybody knows")
    # The manager takes its time for every password, so it is only asked for two of them each.
    few = [(name, word) for name in KNOWN_USERS for word in (KNOWN_PASSWORDS[1], name)]
    login = {"method": "POST", "path": "/manager/api/front/login"}
    for (name, _), said in zip(
        few,
        inside.ask(
            subject,
            tools,
            MANAGER,
            *({**login, "json": {"username": name, "password": word}} for name, word in few),
        ),
        strict=True,
    ):
        if said.status not in {400, 401, 403}:
            refuse(f"the manager lets {name} in with a password that everybody knows")
    return f"{len(pairs) + len(few)} known sign-ins refused"


def publication(subject: RudiSubject, tools: Toolbox) -> str:
    """A dataset with its file: published, read back byte for byte, removed, gone."""
    publisher, one = Publisher(subject, tools), dataset(subject, restricted=False)
    with _published(publisher, one):
        if one.identifier not in publisher.listed():
            refuse("what was published is not listed")
        read = publisher.read(f"/catalog/v1/resources/{one.identifier}")
        if read.status != 200 or json.loads(read.body).get("global_id") != one.identifier:
            refuse(f"the description is read back as {read.status}")
        file = publisher.read(f"/storage/download/{one.media}")
        if file.status != 200 or file.body != one.content:
            refuse(f"the file came back as {file.status}, {len(file.body)} bytes")
    return f"{len(one.content)} bytes published, read back and removed"


def restricted(subject: RudiSubject, tools: Toolbox) -> str:
    """A dataset whose access is restricted is in no list."""
    publisher, one = Publisher(subject, tools), dataset(subject, restricted=True)
    with _published(publisher, one):
        if one.identifier in publisher.listed():
            refuse("a restricted dataset is in the public list")
    return "a restricted dataset is not listed"


def events(subject: RudiSubject, tools: Toolbox) -> str:
    """What is known of readers is forgotten after the tenant file's delay."""
    task = subject.release.schedules[0].task
    told = inside.script(subject, tools, STORAGE, task, {})
    if told["left"]:
        refuse(f"{told['left']} events are older than {subject.instance.events_kept}")
    return f"no event is older than {subject.instance.events_kept}"


CHECKS: Mapping[str, Check[Rudi, RudiRelease]] = {
    "catalog": catalog,
    "storage": storage,
    "gate": gate,
    "shut paths": shut,
    "strangers": strangers,
    "known passwords": known_passwords,
    "publication": publication,
    "restricted dataset": restricted,
    "events": events,
    "other names": stranger_refused,
}


@contextlib.contextmanager
def _published(publisher: Publisher, one: Dataset) -> Iterator[None]:
    """Published for the time being; a verdict of the inside is told rather than one of the end."""
    publisher.clear(one)
    try:
        publisher.publish(one)
        yield
    except BaseException:
        with contextlib.suppress(NotAccepted):
            publisher.clear(one)
        raise
    publisher.take_back(one)


def _basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _unsigned() -> str:
    """A token of the manager's own profile that nobody signed."""
    claims = {"sub": "rudi_node_manager", "req_mtd": "all", "req_url": "all", "exp": 2**33}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    words = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return f"{b'.'.join(words).decode()}."

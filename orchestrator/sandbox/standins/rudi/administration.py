"""The administration of the catalog: each address with the name that profiles call it by."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from orchestrator.sandbox.standins.rudi import publication, vocabulary
from orchestrator.sandbox.standins.rudi.descriptions import KEYS
from orchestrator.sandbox.standins.rudi.exchange import Answer, RefusedError, Request, json_answer
from orchestrator.sandbox.standins.rudi.store import Store

if TYPE_CHECKING:
    from orchestrator.sandbox.standins.rudi.catalog import Catalog

Work = Callable[["Catalog", Request], Answer]
_OBJECTS = "|".join(KEYS)


def route(method: str, path: str) -> tuple[str, Work]:
    """The name of a route and its work. Raises RefusedError when there is none."""
    for verb, pattern, name, work in _ROUTES:
        if verb == method and (found := re.fullmatch(pattern, path)):
            return name, _bound(work, found.groups())
    raise RefusedError(HTTPStatus.NOT_FOUND, f"no route {method} /admin{path}")


def _bound(work: Callable[..., Answer], words: tuple[str, ...]) -> Work:
    return lambda catalog, request: work(catalog, request, *words)


def existing(store: Store, kind: str, identifier: str) -> dict[str, Any]:
    """A document by its identifier. Raises RefusedError."""
    found = store.one(publication.COLLECTIONS[kind], **{KEYS[kind]: identifier})
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no {kind} with id {identifier}")
    return found


def reports(store: Store, request: Request, kind: str, identifier: str) -> Answer:
    """The reports on a document, or one more of them."""
    existing(store, kind, identifier)
    if request.method != "GET":
        report = {"report_id": str(uuid.uuid4()), **request.json, "resource_id": identifier}
        store.put("reports", report, "report_id")
        return json_answer(report)
    return json_answer(store.all("reports", resource_id=identifier))


def _put(catalog: Catalog, request: Request, kind: str) -> Answer:
    document = request.json
    if request.method == "POST":
        key = KEYS[kind]
        identifier = str(document.get(key))
        if catalog.store.one(publication.COLLECTIONS[kind], **{key: identifier}):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{key} {identifier} is taken")
    found = publication.put(catalog.store, kind, document)
    if kind == "resources" and publication.is_listed(found):
        catalog.portal.tell("PUT", found)
    return json_answer(found)


def _all(catalog: Catalog, request: Request, kind: str) -> Answer:
    found = catalog.store.all(publication.COLLECTIONS[kind])
    return json_answer(publication.page_of(found, request.query)["items"])


def _count(catalog: Catalog, _: Request, kind: str) -> Answer:
    return json_answer(len(catalog.store.all(publication.COLLECTIONS[kind])))


def _one(catalog: Catalog, _: Request, kind: str, identifier: str) -> Answer:
    return json_answer(existing(catalog.store, kind, identifier))


def _delete(catalog: Catalog, _: Request, kind: str, identifier: str) -> Answer:
    found = existing(catalog.store, kind, identifier)
    catalog.store.remove(publication.COLLECTIONS[kind], **{KEYS[kind]: identifier})
    return json_answer(found)


def _delete_all(catalog: Catalog, _: Request, kind: str) -> Answer:
    return json_answer({"deletedCount": catalog.store.remove(publication.COLLECTIONS[kind])})


def _report(catalog: Catalog, request: Request, kind: str, identifier: str) -> Answer:
    return reports(catalog.store, request, kind, identifier)


def _commit(catalog: Catalog, request: Request, identifier: str) -> Answer:
    given = request.json
    if not given.get("commit_uuid") or not given.get("zone_name"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "'zone_name' and 'commit_uuid' are required")
    for found in publication.commit_media(catalog.store, identifier):
        if publication.is_listed(found):
            catalog.portal.tell("POST", found)
    return json_answer({"status": "OK", "media_id": identifier})


def _enumeration(_: Catalog, __: Request, code: str) -> Answer:
    if code not in vocabulary.ENUMERATIONS:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no thesaurus {code}")
    return json_answer(vocabulary.ENUMERATIONS[code])


def _portal_token(catalog: Catalog, _: Request) -> Answer:
    return json_answer({"token": catalog.portal.token()})


def _portal_remove(catalog: Catalog, _: Request, identifier: str) -> Answer:
    catalog.portal.remove(identifier)
    return json_answer({"status": "OK"})


def _drop(catalog: Catalog, _: Request) -> Answer:
    catalog.store.drop()
    return json_answer({"status": "OK", "message": f"database {catalog.store.name} dropped"})


def _export(catalog: Catalog, _: Request) -> Answer:
    kinds = ("organizations", "contacts", "medias", publication.METADATA, "reports")
    whole = {kind: catalog.store.all(kind) for kind in kinds}
    packed = gzip.compress(json.dumps(whole, default=str).encode())
    return Answer(HTTPStatus.OK, packed, "application/gzip")


def _import(catalog: Catalog, request: Request) -> Answer:
    try:
        whole = json.loads(gzip.decompress(request.body))
    except (OSError, ValueError, EOFError):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "no export of a catalog") from None
    keys = {publication.COLLECTIONS[kind]: key for kind, key in KEYS.items()}
    for kind, documents in whole.items():
        for each in documents:
            catalog.store.put(kind, each, keys[kind])
    return json_answer({kind: len(documents) for kind, documents in whole.items()})


_ROUTES: tuple[tuple[str, str, str, Callable[..., Answer]], ...] = (
    ("GET", "/enum", "dev_get_every_thesaurus", lambda *_: json_answer(vocabulary.ENUMERATIONS)),
    ("GET", "/enum/([a-z]+)", "dev_get_single_thesaurus", _enumeration),
    ("GET", "/licences", "dev_get_all_licences", lambda *_: json_answer(vocabulary.LICENCES)),
    (
        "GET",
        "/licence_codes",
        "dev_get_all_licence_codes",
        lambda *_: json_answer(vocabulary.LICENCES),
    ),
    ("GET", "/id_generation", "dev_generate_uuid", lambda *_: json_answer(str(uuid.uuid4()))),
    ("GET", "/portal/token", "dev_exposed_get_portal_token", _portal_token),
    (
        "GET",
        "/check/portal/url",
        "dev_check_portal_url",
        lambda catalog, _: json_answer(catalog.portal.url or "no portal"),
    ),
    ("DELETE", "/portal/resources/([^/]+)", "dev_del_portal_metadata", _portal_remove),
    (
        "GET",
        "/logs",
        "dev_get_logs",
        lambda catalog, _: json_answer(catalog.store.all("logentries")[-100:]),
    ),
    ("GET", "/db", "dev_get_collections", lambda catalog, _: json_answer(catalog.store.kinds())),
    ("DELETE", "/db", "dev_drop_db", _drop),
    ("GET", "/db/data", "dev_export_db", _export),
    ("POST", "/db/data", "dev_import_db", _import),
    ("POST", "/media/([^/]+)/commit", "prv_commit_media", _commit),
    ("POST", f"/({_OBJECTS})", "prv_add_one", _put),
    ("PUT", f"/({_OBJECTS})", "prv_upsert_one", _put),
    ("GET", f"/({_OBJECTS})", "prv_get_all", _all),
    ("DELETE", f"/({_OBJECTS})", "prv_del_many", _delete_all),
    ("GET", f"/({_OBJECTS})/count", "prv_count", _count),
    ("GET", f"/({_OBJECTS})/([^/]+)", "prv_get_one", _one),
    ("DELETE", f"/({_OBJECTS})/([^/]+)", "prv_del_one", _delete),
    ("GET", f"/({_OBJECTS})/([^/]+)/report", "prv_get_obj_report_list", _report),
    ("PUT", f"/({_OBJECTS})/([^/]+)/report", "prv_upsert_obj_report", _report),
)

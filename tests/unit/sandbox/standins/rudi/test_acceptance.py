"""A description and its file: published, read back, removed; and what is not taken."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import http.client
import uuid
from typing import Any

import pytest

from orchestrator.sandbox.standins.rudi import tokens
from orchestrator.sandbox.standins.rudi.release import NOTICE
from tests.unit.sandbox.standins.rudi.dataset import (
    BYTES,
    catalog_token,
    description,
    listed,
    published,
    upload,
    upload_token,
)
from tests.unit.sandbox.standins.rudi.node import Node


def test_a_file_is_published_read_back_and_removed(node: Node) -> None:
    token = catalog_token(node)
    producer = {"organization_id": str(uuid.uuid4()), "organization_name": "Ville"}
    contact = {"contact_id": str(uuid.uuid4()), "contact_name": "A", "email": "a@ville.example"}
    assert node.ask("PUT", "/catalog/admin/organizations", producer, token).status == 200
    assert node.ask("PUT", "/catalog/admin/contacts", contact, token).status == 200
    known = {"organization_id": producer["organization_id"]}
    wanted = description(node, producer=known, contacts=[{"contact_id": contact["contact_id"]}])
    media = wanted["available_formats"][0]
    posted = upload(node, media, upload_token(node))
    assert node.ask("PUT", "/catalog/admin/resources", wanted, token).status == 200
    assert wanted["global_id"] not in listed(node)  # not before its file is committed
    body = {name: posted[name] for name in ("zone_name", "commit_uuid")}
    node.ask("POST", f"/catalog/admin/media/{media['media_id']}/commit", body, token)
    assert wanted["global_id"] in listed(node)

    one = node.ask("GET", f"/catalog/v1/resources/{wanted['global_id']}").json
    assert one["producer"]["organization_name"] == "Ville"
    page = node.ask("GET", "/catalog/v1/resources?limit=1").json
    assert page["total"] >= len(page["items"]) == 1
    assert node.ask("GET", f"/storage/download/{media['media_id']}").body == BYTES
    check = node.ask("GET", f"/storage/check/{media['media_id']}").json
    assert check["md5"] == hashlib.md5(BYTES, usedforsecurity=False).hexdigest()

    path = f"/catalog/admin/resources/{wanted['global_id']}"
    assert node.ask("DELETE", path, None, token).status == 200
    assert node.ask("GET", f"/catalog/v1/resources/{wanted['global_id']}").status == 404
    assert wanted["global_id"] not in listed(node)


def test_the_public_paths_say_what_this_is(node: Node) -> None:
    for path in ("/", "/catalog/version", "/storage", "/storage/hash", "/manager", "/nothing"):
        assert node.ask("GET", path).headers["X-Stand-In"] == NOTICE, path
    for path in ("/catalog", "/storage", "/manager"):
        assert NOTICE.encode() in node.ask("GET", path).body
    assert node.ask("GET", "/manager/api/open/test").body == b"test"
    assert node.ask("GET", "/catalog/version").body.startswith(b"1.4.")
    assert node.ask("GET", "/storagehash").status == 404
    assert node.ask("GET", "/storage/hash").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/catalog/admin/resources"),
        ("PUT", "/catalog/admin/resources"),
        ("DELETE", "/catalog/admin/db"),
        ("GET", "/catalog/admin/enum/themes"),
        ("POST", "/storage/jwt/forge"),
        ("POST", "/storage/post"),
        ("POST", "/storage/commit"),
        ("DELETE", f"/storage/delete/{uuid.uuid4()}"),
        ("GET", "/manager/api/data/resources"),
        ("GET", "/manager/api/secu/users"),
    ],
)
def test_nothing_is_administered_without_a_token(node: Node, method: str, path: str) -> None:
    assert node.ask(method, path, None if method == "GET" else {}).status == 401


def test_a_token_has_to_be_signed_in_time_and_for_this(node: Node) -> None:
    path = "/catalog/admin/resources"
    good = catalog_token(node)
    assert node.ask("GET", path, None, good).status == 200
    store = str(node.path("SAFE_DIR") / "store_mngr")
    head, body, _ = good.split(".")
    none = tokens._packed({"alg": "none"})
    bad = [
        catalog_token(node, key=store),
        catalog_token(node, profile="nobody"),
        catalog_token(node, exp=1),
        catalog_token(node, req_mtd="PUT"),
        catalog_token(node, req_url="/catalog/admin/contacts"),
        f"{head}.{body}.",
        f"{none}.{body}.",
    ]
    assert [node.ask("GET", path, None, each).status for each in bad] == [401] * len(bad)
    exact = catalog_token(node, req_mtd="GET", req_url=path)
    assert node.ask("GET", path, None, exact).status == 200


def _without(name: str) -> Any:
    return lambda document: document.pop(name)


_FAULTS: dict[str, Any] = {
    **{
        name: _without(name)
        for name in ("resource_title", "synopsis", "keywords", "producer", "contacts", "theme")
    },
    "no version 4": lambda each: each.update(global_id=str(uuid.uuid1())),
    "theme": lambda each: each.update(theme="benches"),
    "licence": lambda each: each["access_condition"]["licence"].update(licence_label="mine"),
    "version": lambda each: each["metadata_info"].update(api_version="0.9"),
    "checksum": lambda each: each["available_formats"][0].pop("checksum"),
    "unknown producer": lambda each: each["producer"].pop("organization_name"),
}


@pytest.mark.parametrize("fault", _FAULTS.values(), ids=_FAULTS.keys())
def test_a_description_that_is_not_whole_is_refused(node: Node, fault: Any) -> None:
    wanted = copy.deepcopy(description(node))
    fault(wanted)
    answer = node.ask("PUT", "/catalog/admin/resources", wanted, catalog_token(node))
    assert answer.status == 400, answer.body


def test_the_codes_a_description_may_use_can_be_asked_for(node: Node) -> None:
    token = catalog_token(node)
    assert len(node.ask("GET", "/catalog/admin/enum/themes", None, token).json) == 14
    assert "etalab-2.0" in node.ask("GET", "/catalog/admin/licence_codes", None, token).json


def test_restricted_data_is_not_listed_and_yet_read_by_its_number(node: Node) -> None:
    licence = {"licence_type": "STANDARD", "licence_label": "etalab-2.0"}
    closed = {"licence": licence, "confidentiality": {"restricted_access": True}}
    wanted = published(node, access_condition=closed)
    assert wanted["global_id"] not in listed(node)
    assert node.ask("GET", f"/catalog/v1/resources/{wanted['global_id']}").status == 200
    media = wanted["available_formats"][0]["media_id"]
    assert node.ask("GET", f"/storage/download/{media}").body == BYTES  # nothing protects the file


def test_an_upload_has_to_be_what_its_header_says(node: Node) -> None:
    token = upload_token(node)
    for header in ("{", "{}", '{"media_id": "x"}'):
        answer = node.ask("POST", "/storage/post", BYTES, token, {"file_metadata": header})
        assert answer.status == 400
    media = description(node)["available_formats"][0]
    with pytest.raises(AssertionError, match="size"):
        upload(node, {**media, "file_size": 3}, token)
    with pytest.raises(AssertionError, match="UUID"):
        upload(node, {**media, "media_id": "../../log.txt"}, token)


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [("Content-Length", str(500 * 2**20 + 1), 413), ("Transfer-Encoding", "chunked", 411)],
)
def test_a_body_that_is_too_large_or_of_no_length(
    node: Node, name: str, value: str, status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", node.port + 1, timeout=5)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/storage/post")
        connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status


def test_reports_of_a_portal_are_taken_from_anybody(node: Node) -> None:
    path = f"/catalog/v1/resources/{published(node)['global_id']}/report"
    assert node.ask("PUT", path, {"integration_status": "OK"}).status == 200
    assert node.ask("GET", path).json[0]["integration_status"] == "OK"


def test_events_with_addresses_stay_and_logs_go(node: Node) -> None:
    wanted = description(node)
    media = wanted["available_formats"][0]
    upload(node, media, upload_token(node), **{"X-Forwarded-For": "203.0.113.9, 10.0.0.1"})
    prefix = node.variables["DB_PREFIX"]
    events, indexes = node.content(f"{prefix}rudi_storage", "media_events")
    mine = [each for each in events if each["media_id"] == media["media_id"]]
    assert {each["event"] for each in mine} == {"post", "commit"}
    assert {(each["ip"], each["user"]) for each in mine} == {("203.0.113.9", "town")}
    assert not [each for _, each in indexes if each.get("expireAfterSeconds")]
    node.ask("GET", "/catalog/admin/resources", None, catalog_token(node))
    logs, indexes = node.content(f"{prefix}rudi_catalog", "logentries")
    assert logs[-1]["message"].startswith("rudi_node_manager: GET")
    assert ("time", {"expireAfterSeconds": 7 * 24 * 3600}) in indexes
